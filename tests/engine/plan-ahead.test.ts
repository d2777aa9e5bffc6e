import { expect, it } from 'vitest';
import type { Resource } from '../../src/core/resource.ts';
import { createPlanAhead } from '../../src/engine/plan-ahead.ts';
import type { ObjectObservation } from '../../src/kinds/kind.ts';

// Only their addresses count here.
const resources = ['a', 'b', 'c', 'd'].map((name) => ({ address: `vm/${name}` }) as Resource);
const [a, b, c, d] = resources as [Resource, Resource, Resource, Resource];
const seen = (node: string): ObjectObservation => ({ node }) as ObjectObservation;
const all = new Map(resources.map(({ address }) => [address, seen(address)]));
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('plans each resource once, in their order, whatever the order in which they were observed', async () => {
  const planned: string[] = [];
  const ahead = createPlanAhead(resources, async ({ address }, { node }) => {
    planned.push(address);
    return `${address} on ${node}`;
  });
  ahead.observed(b, seen('pve2'));
  await settle();
  expect(planned).toEqual([]);
  ahead.observed(a, seen('pve1'));
  await settle();
  expect(planned).toEqual(['vm/a', 'vm/b']);
  ahead.observed(d, seen('pve4'));
  expect(await ahead.finish(new Map([...all, ['vm/a', seen('x')]]))).toEqual([
    'vm/a on pve1',
    'vm/b on pve2',
    'vm/c on vm/c',
    'vm/d on vm/d',
  ]);
  expect(planned).toEqual(resources.map(({ address }) => address));
});

it('never plans two at a time: what one takes counts for those after it', async () => {
  let atOnce = 0;
  let most = 0;
  const ahead = createPlanAhead(resources, async ({ address }) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await settle();
    atOnce -= 1;
    return address;
  });
  for (const resource of [a, b, c]) ahead.observed(resource, seen('pve1'));
  await ahead.finish(all);
  expect(most).toBe(1);
});

it('a failure is thrown at the end, and nothing after it is planned', async () => {
  const planned: string[] = [];
  const ahead = createPlanAhead(resources, async ({ address }) => {
    planned.push(address);
    if (address === 'vm/b') throw new Error('no');
    return address;
  });
  for (const resource of [a, b]) ahead.observed(resource, seen('pve1'));
  await settle();
  ahead.observed(c, seen('pve1'));
  await settle();
  expect(planned).toEqual(['vm/a', 'vm/b']);
  await expect(ahead.finish(all)).rejects.toThrow('no');
  expect(planned).toEqual(['vm/a', 'vm/b']);
});
