import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/core/address.ts';
import type { ResourcePlan } from '../../src/core/plan.ts';
import { orderResources } from '../../src/engine/order.ts';
import { runOrdered } from '../../src/engine/run/schedule.ts';

const resource = (address: Address, ...dependsOn: readonly Address[]): ResourcePlan => ({
  address,
  action: 'create',
  source: { file: 'vm.yaml', line: 1 },
  node: 'pve1',
  vmid: null,
  vmidChosen: false,
  dependsOn,
  incarnation: null,
  digest: null,
  changes: [],
  unmanaged: [],
  steps: [],
});
const addresses = (resources: readonly ResourcePlan[]): readonly Address[] => resources.map(({ address }) => address);

describe('the order of resources', () => {
  it('is that of the documents where nothing depends on anything', () => {
    const { resources, diagnostics } = orderResources([resource('vm/b'), resource('vm/a'), resource('image/c')]);
    expect(addresses(resources)).toEqual(['vm/b', 'vm/a', 'image/c']);
    expect(diagnostics).toEqual([]);
  });

  it('brings what others depend on before them, and drops what is not there', () => {
    const { resources } = orderResources([
      resource('vm/clone', 'vm/template', 'vm/elsewhere'),
      resource('vm/template', 'image/disk'),
      resource('image/disk'),
    ]);
    expect(addresses(resources)).toEqual(['image/disk', 'vm/template', 'vm/clone']);
    expect(resources[2]?.dependsOn).toEqual(['vm/template']);
  });

  it('R-17: a circle is an error that prints it', () => {
    const { diagnostics } = orderResources([
      resource('vm/x', 'vm/a'),
      resource('vm/a', 'vm/b'),
      resource('vm/b', 'vm/c'),
      resource('vm/c', 'vm/a'),
    ]);
    expect(diagnostics).toMatchObject([
      { code: 'SPEC_INVALID', detail: expect.stringContaining('vm/a → vm/b → vm/c → vm/a') },
    ]);
  });

  it('R-17: what depends on itself is a circle too', () => {
    expect(orderResources([resource('vm/a', 'vm/a')]).diagnostics[0]?.detail).toContain('vm/a → vm/a');
  });
});

/** Numbered items, each of which comes after some with smaller numbers. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { maxLength: 20 })
  .map((rows) => rows.map((row, index) => (index === 0 ? [] : [...new Set(row.map((other) => other % index))])));

describe('running in order', () => {
  it('begins nothing before what it comes after has ended, runs everything once, and keeps to its limit', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, fc.integer({ min: 1, max: 4 }), async (graph, limit) => {
        const ended = new Set<number>();
        const began: number[] = [];
        let running = 0;
        await runOrdered(
          [...graph.keys()],
          limit,
          async (item) => {
            began.push(item);
            running += 1;
            expect(running).toBeLessThanOrEqual(limit);
            expect((graph[item] ?? []).every((other) => ended.has(other))).toBe(true);
            for (let turns = item % 5; turns > 0; turns -= 1) await Promise.resolve();
            running -= 1;
            ended.add(item);
          },
          { after: (item) => graph[item] ?? [] },
        );
        expect([...began].sort((left, right) => left - right)).toEqual([...graph.keys()]);
      }),
    );
  });

  it('runs what waits for nothing side by side', async () => {
    let most = 0;
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 5; turns > 0; turns -= 1) await Promise.resolve();
      running -= 1;
    };
    await runOrdered([1, 2, 3, 4], 3, work, { after: () => [] });
    expect(most).toBe(3);
  });

  it('fails rather than leaves out what waits for itself', async () => {
    await expect(runOrdered([1], 1, async () => undefined, { after: () => [1] })).rejects.toThrow(
      'wait for each other',
    );
  });
});
