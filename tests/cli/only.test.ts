import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CliRun, runCli } from '../run-cli.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(
    join(cwd, 'vms.yaml'),
    [
      'kind: vm\nname: web-01\nha: false\ntags: [Web]\n',
      'kind: vm\nname: web-02\nha: false\ntags: [web, test]\n',
      'kind: vm\nname: db-01\nha: false\nclone: { from: tpl }\n',
      'kind: vm\nname: tpl\nha: false\ntemplate: true\ndisks: { scsi0: { image: image/base } }\n',
      `kind: image\nname: base\nstorage: local\nurl: https://example.test/base.qcow2\nchecksum: sha256:${'a'.repeat(64)}\ncontent: import\n`,
    ].join('---\n'),
  );
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd });

async function rendered(...only: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await run('render', '--json', ...only.flatMap((selector) => ['--only', selector]));
  const { resources } = JSON.parse(stdout) as { resources?: { address: string }[] };
  if (resources === undefined) throw new Error(stdout + stderr);
  return resources.map(({ address }) => address);
}

it('--only takes an address, a pattern, or a tag; several add up, in the order of the documents', async () => {
  expect(await rendered()).toHaveLength(5);
  expect(await rendered('vm/web-02')).toEqual(['vm/web-02']);
  expect(await rendered('vm/web-*')).toEqual(['vm/web-01', 'vm/web-02']);
  expect(await rendered('vm/web-0?')).toEqual(['vm/web-01', 'vm/web-02']);
  expect(await rendered('tag=web')).toEqual(['vm/web-01', 'vm/web-02']);
  expect(await rendered('tag=test', 'vm/web-01')).toEqual(['vm/web-01', 'vm/web-02']);
  expect(await rendered('image/*')).toEqual(['image/base']);
  expect(await rendered('vm/db-01')).toEqual(['vm/db-01']);
});

it('a selector that matches nothing is an error that names the nearest, and contacts nothing', async () => {
  for (const [selector, meant] of [
    ['vm/wbe-01', 'vm/web-01'],
    ['web-02', 'vm/web-02'],
    ['tag=wbe', 'tag=web'],
  ] as const) {
    for (const command of ['plan', 'apply', 'destroy', 'render']) {
      const { code, stderr } = await run(command, '--only', selector);
      expect([command, code]).toEqual([command, 3]);
      expect(stderr.toLowerCase()).toContain(`did you mean ${meant}?`);
    }
  }
  // In a pattern, a dot is a dot.
  expect((await run('render', '--only', 'vm/web.01')).code).toBe(3);
});

it('what the selected are made from is planned with them, and a note says so', async () => {
  const { code, stdout } = await run('plan', '--sandbox', '--json', '--only', 'vm/web-01');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ resources: [{ address: 'vm/web-01' }], diagnostics: [] });
  const plan = JSON.parse((await run('plan', '--sandbox', '--json', '--only', 'vm/db-01')).stdout) as {
    resources: { address: string }[];
    diagnostics: { severity: string; detail: string; address: string }[];
  };
  expect(plan.resources.map(({ address }) => address)).toEqual(['image/base', 'vm/tpl', 'vm/db-01']);
  const notes = plan.diagnostics.filter(({ detail }) => detail.includes('is planned too'));
  expect(notes.map(({ detail }) => detail).sort()).toEqual([
    'image/base is planned too: vm/tpl is made from it.',
    'vm/tpl is planned too: vm/db-01 is made from it.',
  ]);
});

it('apply and destroy touch the selected alone, and the command that goes on repeats the selection', async () => {
  const applied = await run('apply', '--sandbox', '-y', '--only', 'vm/web-*');
  expect({ code: applied.code, stderr: applied.stderr }).toMatchObject({ code: 0 });
  expect(applied.stdout).toContain('Plan: 2 to add, 0 to change, 0 to destroy.');
  const destroyed = await run('destroy', '--sandbox', '-y', '--only', 'vm/web-01');
  expect(destroyed.stdout).toContain('Plan: 0 to add, 0 to change, 1 to destroy.');
  const left = JSON.parse((await run('plan', '--sandbox', '--json', '--only', 'tag=web')).stdout);
  expect(left).toMatchObject({
    resources: [
      { address: 'vm/web-01', action: 'create' },
      { address: 'vm/web-02', action: 'none' },
    ],
  });
});
