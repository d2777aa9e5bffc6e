import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSchemas } from '../../src/cli/load-schemas.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Resource } from '../../src/core/resource.ts';
import { renderResource } from '../../src/report/render-yaml.ts';
import { yamlLines } from '../../src/report/yaml-text.ts';
import { loadOne } from '../spec/load-text.ts';

const schemas = await loadSchemas();

async function render(text: string, project?: string, origins = false): Promise<string> {
  return renderResource(await loadOne(text, project), { schemas, origins });
}

/** A resource of which every value is written. */
function written(spec: JsonObject): Resource {
  const range = { file: 'vm.yaml', line: 1, column: 1, length: 1 };
  return { address: 'vm/a', kind: 'vm', name: 'a', range, spec, origins: new Map() };
}

it('writes what is written, in the order of the schema, and built-in defaults as comments', async () => {
  const text = await render(
    'kind: vm\nmemory: { size: 8GiB }\nname: a\ndisks: [{ size: 4GiB }, { bus: virtio }]\nconsole: serial\nnetwork: {}\nha: null\nsystem: { agent: false }\ncpu: { cores: 4 }\n',
  );
  expect(text).toBe(`# vm/a, from vm.yaml:1. Built-in defaults are comments
kind: vm
name: a
# onMoved: warn
# onBoot: false
ha: null
# os:
#   type: l26
#   media:
#     storage: cephfs
#     latest: "*nixos-minimal*.iso"
system:
  # machine:
  #   type: q35
  # bios: ovmf
  # scsiController: virtio-scsi-single
  # efi:
  #   type: 4m
  #   preEnrolledKeys: false
  agent:
    enabled: false
disks:
  scsi0:
    # storage: ceph-pool
    size: 4GiB
    # format: raw
    # iothread: true
    # ssd: true
    # backup: true
  virtio0: {}
    # storage: ceph-pool
    # size: 32GiB
    # format: raw
    # iothread: true
    # backup: true
cpu:
  cores: 4
  # sockets: 1
  # type: host
memory:
  size: 8GiB
  # allowKsm: true
network: {}
console:
  serial: socket
  display:
    type: serial0
`);
});

it('writes no comment where a document takes no built-in defaults', async () => {
  expect(await render('kind: vm\nname: a\nvmid: 100\ndefaults: none\nmemory: { size: 8GiB }\n')).toBe(
    '# vm/a, from vm.yaml:1\nkind: vm\nname: a\nvmid: 100\ndefaults: none\nmemory:\n  size: 8GiB\n',
  );
});

it('keeps a device that nobody wrote a comment, though the project file says what it is like', async () => {
  const project = 'kind: project\ndefaults: { vm: { disks: { "*": { storage: local-lvm } } } }\n';
  expect(await render('kind: vm\nname: a\n', project)).toContain('# disks:\n#   scsi0:\n#     storage: local-lvm\n');
  expect(await render('kind: vm\nname: a\ndisks: { scsi1: {} }\n', project)).toContain(
    '\ndisks:\n  scsi1:\n    storage: local-lvm\n',
  );
});

it('says of each value where it came from', async () => {
  const project = 'kind: project\ndefaults: { vm: { tags: [web] } }\n';
  const text = await render('kind: vm\nname: a\ndescription: |\n  two\n  lines\n', project, true);
  expect(text).toContain('\ntags: # pvevm.yaml:2:25\n  - web\n');
  expect(text).toContain('\ndescription: | # vm.yaml:3:14\n  two\n  lines\n');
  expect(text).toContain('\n# onBoot: false # built-in default\n');
  expect(parse(text)).toEqual({ kind: 'vm', name: 'a', tags: ['web'], description: 'two\nlines\n' });
});

it.each<[Json]>([
  ['0'],
  ['true'],
  ['null'],
  [''],
  ['two\nlines'],
  ['two\nlines\n\n'],
  ['  lead\nand more'],
  ['ends with # no comment'],
  ['a: b'],
  ['\ttab'],
  ['- a'],
  ['very '.repeat(60)],
  [`${'very '.repeat(60)}\nlong`],
  ['\u001b[31m red\n\u202e\u0085'],
  [['a', '# b', '\u0007']],
  [[]],
  [{ 'a b': ['x'], '\u009b': null }],
  [1.5],
  [null],
])('means what the spec means: %j', (description) => {
  for (const origins of [true, false]) {
    const text = renderResource(written({ kind: 'vm', name: 'a', description }), { schemas, origins });
    expect(parse(text)).toEqual({ kind: 'vm', name: 'a', description });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

it('writes what looks like a placeholder so that it stays text', () => {
  const text = renderResource(written({ name: 'a', description: '${var.x} $${y}' }), { schemas, origins: false });
  expect(parse(text)).toEqual({ name: 'a', description: '$${var.x} $$${y}' });
});

it('leaves out what resolving a document has used up', () => {
  const spec = { name: 'a', vars: { x: 1 }, extends: 'b.yaml', instances: 3, each: [{}] };
  expect(parse(renderResource(written(spec), { schemas, origins: false }))).toEqual({ name: 'a' });
});

it('R-48: shows no secret of a token that a value repeats', () => {
  const spec = { name: 'a', description: 'root@pam!ci=12345678-1234-1234-1234-123456789abc' };
  expect(renderResource(written(spec), { schemas, origins: false })).toContain('root@pam!ci=********');
});

it('writes a value on one line unless it is a list or has several lines itself', () => {
  expect(yamlLines('a', 'x '.repeat(200).trim())).toHaveLength(1);
  expect(yamlLines('a', ['x', 'y'])).toEqual(['a:', '  - x', '  - y']);
});
