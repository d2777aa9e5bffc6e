import { expect, it } from 'vitest';
import { apply, type PveApi, plan } from '../../src/index.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { useLibraryLab } from './library-lab.ts';

const textOf = (description: string): string =>
  ['one', 'two', 'three']
    .map((name) => `kind: vm\nname: ${name}\nnode: pve1\nha: false\nos: { media: null }\ndescription: ${description}\n`)
    .join('---\n');

let sandbox: Sandbox;
let pve: PveApi;
useLibraryLab((lab) => {
  ({ sandbox, pve } = lab);
});

const writes = (): number => sandbox.requests.filter(({ method }) => method !== 'GET').length;

it('R-19: the library’s apply looks at every guest before its first write, and names all that have changed', async () => {
  expect(await apply({ plan: await plan({ text: textOf('first'), pve }), pve })).toMatchObject({ outcome: 'ok' });
  const made = await plan({ text: textOf('second'), pve });
  for (const vmid of [102, 103])
    await pve.put('/nodes/{node}/qemu/{vmid}/config', { path: { node: 'pve1', vmid }, params: { onboot: true } });
  const before = writes();
  await expect(apply({ plan: made, pve })).rejects.toMatchObject({
    code: 'STALE',
    details: [expect.stringContaining('vm/two: '), expect.stringContaining('vm/three: ')],
  });
  expect(writes()).toBe(before);
  expect(await apply({ plan: await plan({ text: textOf('second'), pve }), pve })).toMatchObject({ outcome: 'ok' });
  expect(writes()).toBeGreaterThan(before);
});
