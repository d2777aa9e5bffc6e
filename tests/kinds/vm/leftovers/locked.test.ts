import { expect, it } from 'vitest';
import type { Change } from '../../../../src/core/plan.ts';
import type { Resource } from '../../../../src/core/resource.ts';
import type { Observation, PlanContext } from '../../../../src/kinds/kind.ts';
import { lockedGuest } from '../../../../src/kinds/vm/leftovers/locked.ts';

const UPID = 'UPID:pve2:000003E9:00061A8A:6B01B634:qmigrate:101:root@pam:';

function contextWith(taskNode: string): PlanContext {
  const nodes = ['pve1', 'pve2', 'pve3'].map((node) => ({ node, online: node !== 'pve3' }));
  const cluster = {
    resources: async () => ({ nodes, guests: [] }),
    holds: async () => true,
    runningTasks: async (node: string) => {
      if (node === 'pve3') throw new Error('it is offline');
      return node === taskNode ? [{ type: 'qmigrate', id: '101', user: 'root@pam', upid: UPID }] : [];
    },
  };
  return { cluster } as unknown as PlanContext;
}

const observation = { live: { current: new Map([['lock', 'migrate']]) }, node: 'pve1', vmid: 101 };
const changes = [{ state: 'change' }] as unknown as readonly Change[];
const resource = { address: 'vm/web-01' } as unknown as Resource;

it('R-26: the task of a migration is found on the node that the guest comes from', async () => {
  const found = await lockedGuest(resource, observation as unknown as Observation, changes, contextWith('pve2'));
  expect(found).toMatchObject([{ severity: 'note', detail: expect.stringContaining(UPID) }]);
});

it('R-26: a migration that nothing works on any more is warned of', async () => {
  const found = await lockedGuest(resource, observation as unknown as Observation, changes, contextWith('none'));
  expect(found).toMatchObject([{ severity: 'warning', detail: expect.stringContaining('qm unlock 101') }]);
});
