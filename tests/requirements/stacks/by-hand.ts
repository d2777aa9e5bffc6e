import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Tally } from '../tally.ts';
import type { StackCommand } from './commands.ts';
import { STACKS } from './documents.ts';
import { type GuestView, ownerOf, textOf } from './guest-views.ts';
import type { World } from './world.ts';

/** What a person does to a guest, with a number and an answer of chance. */
type Deed = (
  world: World,
  view: GuestView,
  chance: { readonly number: number; readonly yes: boolean },
) => Promise<void>;

const pathOf = ({ node, vmid }: GuestView): string => `/nodes/${node}/qemu/${vmid}`;

async function removeGuest({ pve, byHand }: World, view: GuestView): Promise<void> {
  await byHand(() => pve.delete(`/cluster/ha/resources/vm:${view.vmid}`));
  await byHand(() => pve.post(`${pathOf(view)}/status/stop`));
  await byHand(() => pve.put(`${pathOf(view)}/config`, { params: { protection: 0 } }));
  await byHand(() => pve.delete(pathOf(view), { params: { purge: 1 } }));
}

const setting =
  (params: (view: GuestView, yes: boolean) => JsonObject): Deed =>
  async ({ pve, byHand }, view, { yes }) =>
    void (await byHand(() => pve.put(`${pathOf(view)}/config`, { params: params(view, yes) })));

const DEEDS: Readonly<Record<string, Deed>> = {
  move: async ({ pve, byHand }, view, { number }) => {
    const others = ['pve1', 'pve2', 'pve3'].filter((node) => node !== view.node);
    const params = { target: others[number % 2] as string, online: 1 };
    await byHand(() => pve.post(`${pathOf(view)}/migrate`, { params }));
  },
  delete: removeGuest,
  // A restored backup is the stack's own again; a guest of one's own is not.
  'delete and make anew': async (world, view, { yes }) => {
    await removeGuest(world, view);
    const { vmid } = view;
    const { stack, address } = ownerOf(view) ?? {};
    const isRestored = yes && stack !== undefined;
    const description = isRestored ? `pvevm:${stack}:${address}:${vmid}` : 'mine';
    const params = { ...{ vmid, name: textOf(view, 'name') ?? 'again', description }, scsi0: 'ceph-pool:1' };
    const tags = isRestored ? { tags: `pvevm-${stack}` } : {};
    await world.byHand(() => world.pve.post(`/nodes/${view.node}/qemu`, { params: { ...params, ...tags } }));
  },
  'clone with its mark': async ({ pve, byHand }, view, { number, yes }) => {
    const params = { newid: 500 + (number % 20), full: 1, ...(yes ? { name: textOf(view, 'name') ?? 'copy' } : {}) };
    await byHand(() => pve.post(`${pathOf(view)}/clone`, { params }));
  },
  'change a value': setting((_view, yes) => (yes ? { cores: 3, name: 'other' } : { memory: 1536, onboot: 1 })),
  'take the mark away': setting(() => ({ description: 'by hand' })),
  'take the tags away': setting(() => ({ delete: 'tags' })),
  'put the tags of both on': setting(() => ({ tags: 'pvevm-red;pvevm-blue' })),
  protect: setting((_view, yes) => ({ protection: yes ? 1 : 0 })),
  'switch on or off': async ({ pve, byHand }, view, { yes }) =>
    void (await byHand(() => pve.post(`${pathOf(view)}/status/${yes ? 'start' : 'stop'}`))),
};

function deeds(tally: Tally): fc.Arbitrary<StackCommand> {
  return fc
    .record({
      name: fc.constantFrom(...Object.keys(DEEDS)),
      which: fc.nat({ max: 1000 }),
      number: fc.nat({ max: 1000 }),
      yes: fc.boolean(),
    })
    .map(({ name, which, number, yes }) => ({
      check: () => true,
      run: async ({ converged }, world) => {
        const before = world.look();
        const guests = [...before.values()].filter(({ vmid }) => vmid !== 900);
        // Guests that somebody owns are three times as many.
        const drawn = guests.flatMap((view) => (ownerOf(view) === undefined ? [view] : [view, view, view]));
        const view = drawn[which % drawn.length];
        if (view === undefined) return;
        await DEEDS[name]?.(world, view, { number, yes });
        const now = world.look();
        // A copy of a guest is no change of it.
        const isAsBefore = isDeepStrictEqual(now.get(view.vmid), view);
        for (const stack of STACKS) {
          if (ownerOf(view)?.stack === stack && !isAsBefore) converged[stack] = false;
        }
        tally.add('by hand', isDeepStrictEqual(now, before) ? 'refused' : name);
      },
      toString: () => `by hand: ${name} (${which}, ${number}, ${yes})`,
    }));
}

const NAMES = ['web', 'db', 'red-a', 'blue-b'];

function creates(tally: Tally): fc.Arbitrary<StackCommand> {
  const ids = fc.constantFrom(101, 102, 103, 202, 302, 400, 600, 601);
  return fc.record({ vmid: ids, name: fc.constantFrom(...NAMES, 'mine') }).map(({ vmid, name }) => ({
    check: () => true,
    run: async (_model, { byHand, pve }) => {
      const params = { vmid, name, scsi0: 'ceph-pool:1', description: 'mine' };
      const did = await byHand(() => pve.post('/nodes/pve3/qemu', { params }));
      tally.add('by hand', did ? 'make a guest' : 'refused');
    },
    toString: () => `by hand: make guest ${vmid}, ${name}`,
  }));
}

/** What a person does to the guests of both stacks and of nobody, past the program. */
export function handCommands(tally: Tally): readonly fc.Arbitrary<StackCommand>[] {
  return [deeds(tally), deeds(tally), deeds(tally), deeds(tally), creates(tally)];
}
