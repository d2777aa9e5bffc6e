import { expect, it } from 'vitest';
import { type ApplyEvent, apply, type Plan, type PveApi, type PveClient, plan } from '../../src/index.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { useLibraryLab } from './library-lab.ts';
import { beforeWrite } from './meddling.ts';

const textOf = (more = ''): string =>
  `kind: vm\nname: web-01\nnode: pve1\nha: false\nos: { media: null }\nconsole: { serial: null }\n${more}`;

let sandbox: Sandbox;
let pve: PveApi;
useLibraryLab((lab) => {
  ({ sandbox, pve } = lab);
});

function meddled(): PveClient {
  const path = { node: 'pve1', vmid: 101 };
  return beforeWrite(pve, 1, () => pve.put('/nodes/{node}/qemu/{vmid}/config', { path, params: { onboot: true } }));
}

it('R-19: the library plans a guest anew that was changed meanwhile, with a plan that it has made itself', async () => {
  await apply({ plan: await plan({ text: textOf(), pve }), pve });
  const made = await plan({ text: textOf('memory: { size: 4GiB }\n'), pve });
  const events: ApplyEvent[] = [];
  const result = await apply({ plan: made, pve: meddled(), onEvent: (event) => events.push(event) });
  expect(result).toMatchObject({ outcome: 'ok', errors: [] });
  expect(events.map(({ type }) => type)).toContain('resource.replanned');
  expect(sandbox.guestConfig(101)).toContain('memory: 4096');
});

it('R-19: the library carries a plan that was stored elsewhere out as it is', async () => {
  await apply({ plan: await plan({ text: textOf(), pve }), pve });
  const made = JSON.parse(JSON.stringify(await plan({ text: textOf('memory: { size: 4GiB }\n'), pve }))) as Plan;
  expect(await apply({ plan: made, pve: meddled() })).toMatchObject({
    ...{ outcome: 'failed', wrote: false, errors: [{ code: 'STALE' }] },
  });
});

it('R-22: the library takes back what it has created, where that is asked for and a step fails', async () => {
  const made = await plan({ text: textOf('power: running\n'), pve });
  sandbox.failNext('POST /nodes/*/qemu/*/status/start task-error=boom');
  const result = await apply({ plan: made, pve, failFast: true, rollbackOnFailure: true });
  expect(result).toMatchObject({ outcome: 'failed', wrote: true });
  expect(await pve.get('/cluster/resources', { query: { type: 'vm' } })).toEqual([]);
});
