import { expect, it } from 'vitest';
import type { Resource } from '../../src/core/resource.ts';
import { createPlanAhead } from '../../src/engine/plan-ahead.ts';
import type { ObjectObservation } from '../../src/kinds/kind.ts';

// Only their addresses count here.
const resources = ['a', 'b', 'c', 'd'].map((name) => ({ address: `vm/${name}` }) as Resource);
const [a, b, c, d] = resources as [Resource, Resource, Resource, Resource];
const seen = (node: string): ObjectObservation => ({ node }) as ObjectObservation;
const all = new Map(resources.map(({ address }) => [address, seen(address)]));
const asItIs = (_resource: Resource, observation: ObjectObservation): ObjectObservation => observation;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('plans each resource once, in their order, whatever the order in which they were observed', async () => {
  const planned: string[] = [];
  const ahead = createPlanAhead(resources, asItIs, async ({ address }, { node }) => {
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
  const ahead = createPlanAhead(resources, asItIs, async ({ address }) => {
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
  const ahead = createPlanAhead(resources, asItIs, async ({ address }) => {
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

it('prepares each resource once, as soon as it is told of and while others are planned, and again where it came out otherwise', async () => {
  const prepared: string[] = [];
  const ahead = createPlanAhead(
    resources,
    ({ address }, { node }) => {
      prepared.push(`${address} on ${node}`);
      return prepared.length;
    },
    async ({ address }, count) => {
      await settle();
      return `${address}: ${count}`;
    },
  );
  for (const resource of [d, c, a]) ahead.observed(resource, all.get(resource.address) as ObjectObservation);
  expect(prepared).toEqual(['vm/d on vm/d', 'vm/c on vm/c', 'vm/a on vm/a']);
  const results = await ahead.finish(new Map([...all, [c.address, seen('pve9')]]));
  expect(prepared.slice(3)).toEqual(['vm/b on vm/b', 'vm/c on pve9']);
  expect(results).toEqual(['vm/a: 3', 'vm/b: 4', 'vm/c: 5', 'vm/d: 1']);
});
