import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { typedApi } from '../../src/pve/api.ts';
import { FACT_VERSIONS, loadFacts } from '../../src/pve/facts/load-facts.ts';
import { compileSnippet, membersOf } from './compile-snippet.ts';

const HEAD = `import type { PveApi } from '../../src/pve/api.ts';
declare const pve: PveApi;
`;
const HEAD_LINES = HEAD.split('\n').length - 1;
const CONFIG = "'/nodes/{node}/qemu/{vmid}/config'";
const GUEST = "path: { node: 'pve1', vmid: 100 }";

const RIGHT = [
  "export const version: string = (await pve.get('/version')).version;",
  "await pve.get('/cluster/resources', { query: { type: 'vm' }, signal: AbortSignal.timeout(1) });",
  `export const cores: number | undefined = (await pve.get(${CONFIG}, { ${GUEST}, query: { current: true } })).cores;`,
  `export const net: string | undefined = (await pve.get(${CONFIG}, { ${GUEST} }))['net12'];`,
  `await pve.put(${CONFIG}, { ${GUEST}, params: { cores: 4, net0: 'virtio', onboot: 1, delete: undefined } });`,
  "await pve.put('/nodes/{node}/qemu/{vmid}/config', { path: { node: 'pve1', vmid: '100' } });",
  "export const upid: string = await pve.post('/nodes/{node}/qemu', { path: { node: 'a' }, params: { vmid: 100 } });",
  "await pve.post('/cluster/ha/rules', { params: { rule: 'a', type: 'node-affinity', strict: true } });",
  "await pve.delete('/pools/{poolid}', { path: { poolid: 'a' } });",
  "export const next: string | number = await pve.get('/cluster/nextid');",
  "export const reader: import('../../src/pve/reader.ts').PveReader = pve;",
  "export const client: import('../../src/pve/reader.ts').PveClient = pve;",
];

const WRONG = [
  ['a path that is none', "await pve.get('/nodes/{node}/kvm', { path: { node: 'a' } });"],
  ['a path that cannot be written', "await pve.post('/version');"],
  ['a parameter that is none', `await pve.put(${CONFIG}, { ${GUEST}, params: { coers: 4 } });`],
  ['a numbered parameter without its number', `await pve.put(${CONFIG}, { ${GUEST}, params: { net: 'virtio' } });`],
  ['a parameter where there are none', "await pve.get('/version', { query: { full: 1 } });"],
  ['a parameter of another type', `await pve.put(${CONFIG}, { ${GUEST}, params: { cores: 'four' } });`],
  ['a value that is no choice', `await pve.put(${CONFIG}, { ${GUEST}, params: { bios: 'uefi' } });`],
  ['a missing path parameter', `await pve.get(${CONFIG}, { path: { node: 'pve1' } });`],
  ['a missing path', `await pve.get(${CONFIG});`],
  [
    'a missing required parameter',
    "await pve.post('/nodes/{node}/qemu', { path: { node: 'a' }, params: { cores: 4 } });",
  ],
  ['missing parameters', "await pve.post('/nodes/{node}/qemu', { path: { node: 'a' } });"],
  ['a field that no answer has', `export const x: unknown = (await pve.get(${CONFIG}, { ${GUEST} })).coers;`],
  ['a field taken for another type', "export const y: number = (await pve.get('/version')).version;"],
] as const;

// A compiler runs.
describe('the typed client', { timeout: 60_000 }, () => {
  it('takes calls that are right', () => {
    expect(compileSnippet(HEAD + RIGHT.join('\n'))).toEqual([]);
  });

  it('complains once of each call that is wrong', () => {
    const complaints = compileSnippet(HEAD + WRONG.map(([, call]) => call).join('\n'));
    const found = WRONG.map(([what], index) => [
      what,
      complaints.filter(({ line }) => line === HEAD_LINES + index + 1).length,
    ]);
    expect(found).toEqual(WRONG.map(([what]) => [what, 1]));
    expect(complaints).toHaveLength(WRONG.length);
  });

  it('has every endpoint of the newest version, and no other', async () => {
    const { endpoints } = await loadFacts(FACT_VERSIONS[0] ?? '9.2');
    const typed = ['Get', 'Post', 'Put', 'Delete'].flatMap((name) =>
      membersOf(`src/generated/api/${name.toLowerCase()}.ts`, `${name}Endpoints`).map(
        (path) => `${name.toUpperCase()} ${path}`,
      ),
    );
    expect(typed).toHaveLength(661);
    expect(typed.sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
  });
});

it('is the client itself at run time', () => {
  const nothing = async (): Promise<null> => null;
  const client = {
    endpoint: '',
    user: '',
    get: nothing,
    post: nothing,
    put: nothing,
    delete: nothing,
    close: async () => {},
  };
  expect(typedApi(client)).toBe(client);
});

describe('the notes that an editor shows', () => {
  const text = ts.sys.readFile('src/generated/api/put.ts') ?? '';
  const config = text.slice(text.indexOf("readonly '/nodes/{node}/qemu/{vmid}/config'"));

  it.each([
    ['since when there is a parameter', /\/\*\* Default: `1`\. Since 8\.4\. \*\/\n\s+readonly ciupgrade\?/],
    [
      'its default and its format',
      /\/\*\* Format `pve-hotplug-features`\. Default: `network,disk,usb`\. \*\/\n\s+readonly hotplug\?/,
    ],
    ['its bounds', /\/\*\* At least 1\. Default: `1`\. \*\/\n\s+readonly cores\?/],
  ])('say %s', (_what, pattern) => {
    expect(config).toMatch(pattern);
  });
});
