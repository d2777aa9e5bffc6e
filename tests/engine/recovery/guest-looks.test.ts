import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import { createGuestLooks, type NamedGuests } from '../../../src/engine/recovery/guest-looks.ts';
import type { PveReader } from '../../../src/pve/reader.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';
import { createFakeReader } from '../../pve/fake-reader.ts';

const NODES = [
  { node: 'pve1', status: 'online' },
  { node: 'pve2', status: 'online' },
  { node: 'pve3', status: 'offline' },
];

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Two nodes whose guests may be made while a look is under way, and whose answers come when they are let through. */
function openCluster() {
  const guests = new Map<string, { vmid: number; name?: string; status: string }[]>([
    ['pve1', []],
    ['pve2', []],
  ]);
  const held: (() => void)[] = [];
  const fake = createFakeReader((request) => {
    const node = /^\/nodes\/([^/]+)\/qemu$/.exec(request)?.[1];
    return structuredClone(node === undefined ? NODES : guests.get(node));
  });
  const pve: PveReader = {
    get: async (path, options) => {
      const answer = await fake.get(path, options);
      await new Promise<void>((go) => held.push(go));
      return answer;
    },
  };
  return {
    pve,
    asked: fake.asked,
    make: (node: string, vmid: number, name?: string) =>
      guests.get(node)?.push({ vmid, status: 'stopped', ...(name === undefined ? {} : { name }) }),
    /** Lets the answers of so many requests through. */
    answer: async (count: number) => {
      for (let index = 0; index < count; index += 1) {
        for (let turns = 0; turns < 5 && held.length === 0; turns += 1) await turn();
        held.shift()?.();
        await turn();
      }
    },
  };
}

const idsOf = (named: NamedGuests, name: string): readonly number[] => (named.get(name) ?? []).map(({ vmid }) => vmid);

it('R-53: those who ask before a look begins share it: a request a node that is online, and one for the nodes', async () => {
  const { pve, asked, make, answer } = openCluster();
  make('pve1', 101, 'web');
  make('pve2', 102, 'web');
  make('pve2', 103);
  const looks = createGuestLooks(createFakeClock());
  const all = Array.from({ length: 20 }, () => looks.look({ pve, reader: pve }));
  await answer(3);
  for (const named of await Promise.all(all)) expect(idsOf(named, 'web')).toEqual([101, 102]);
  expect(asked).toEqual(['/nodes', '/nodes/pve1/qemu', '/nodes/pve2/qemu']);
});

it('R-6: who asks while a look is under way gets the next one, which sees what was made before he asked', async () => {
  const { pve, asked, make, answer } = openCluster();
  const looks = createGuestLooks(createFakeClock());
  const early = looks.look({ pve, reader: pve });
  await answer(2);
  // The list of pve1 was read by now.
  make('pve1', 101, 'web');
  const late = [looks.look({ pve, reader: pve }), looks.look({ pve, reader: pve })];
  await answer(4);
  expect(idsOf(await early, 'web')).toEqual([]);
  for (const named of await Promise.all(late)) expect(idsOf(named, 'web')).toEqual([101]);
  expect(asked).toHaveLength(6);
});

it('R-6: a look is never kept for later', async () => {
  const { pve, make, answer } = openCluster();
  const looks = createGuestLooks(createFakeClock());
  const [first] = await Promise.all([looks.look({ pve, reader: pve }), answer(3)]);
  make('pve2', 101, 'web');
  const [second] = await Promise.all([looks.look({ pve, reader: pve }), answer(3)]);
  expect([first, second].map((named) => idsOf(named, 'web'))).toEqual([[], [101]]);
});

it('R-24: where a look fails, each who waits for it looks with what he has, and the next look begins', async () => {
  const away = new PvevmError('CONNECT', 'no route', { status: 595 });
  const broken = createFakeReader(() => {
    throw away;
  });
  const readers = [1, 2].map(() => createFakeReader((request) => (request === '/nodes' ? NODES.slice(0, 1) : [])));
  const looks = createGuestLooks(createFakeClock());
  await Promise.all(readers.map((reader) => looks.look({ pve: broken, reader })));
  expect(broken.asked).toEqual(['/nodes']);
  for (const reader of readers) expect(reader.asked).toEqual(['/nodes', '/nodes/pve1/qemu']);
  await expect(looks.look({ pve: broken, reader: broken })).rejects.toBe(away);
  const { pve, make, answer } = openCluster();
  make('pve1', 101, 'web');
  // Nobody has to help himself any more.
  const [named] = await Promise.all([looks.look({ pve, reader: broken }), answer(3)]);
  expect(idsOf(named, 'web')).toEqual([101]);
});
