import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf } from './guests.ts';
import { expectRequests } from './prediction.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ taskTimeMs: 5 });
});
afterEach(() => harness.close());

const COUNT = 6;
const WEB = `kind: vm\nname: web\ninstances: ${COUNT}\nvmid: { from: 201 }\n`;

type Sent = Parameters<typeof expectRequests>[1];
type Write = ReturnType<Harness['writes']>[number];

/** The writes of one guest: it is named in the path, or in what a create or a registration says. */
function isOf(vmid: number, { path, params }: Write): boolean {
  const { vmid: id, sid } = params as { readonly vmid?: unknown; readonly sid?: unknown };
  return path.split(/[/:]/).includes(String(vmid)) || Number(id) === vmid || sid === `vm:${vmid}`;
}

async function run(plan: Plan, parallelism: number): Promise<readonly Write[]> {
  expect(errorsOf(plan)).toEqual([]);
  harness.writes();
  const result = await applyPlan({
    ...{ plan, pve: harness.pve, clock: systemClock, parallelism, onEvent: () => undefined },
  });
  expect(result).toMatchObject({ outcome: 'ok' });
  await harness.sandbox.settled();
  return harness.writes();
}

/** How often the writes go from one guest to another. */
function turns(sent: readonly Write[]): number {
  const ids = sent.map((write) => Array.from({ length: COUNT }, (_, at) => 201 + at).find((id) => isOf(id, write)));
  return ids.filter((id, at) => at > 0 && id !== ids[at - 1]).length;
}

it.each([1, 8])(
  'R-20: with --parallelism %i, the writes of each guest are its plan’s requests in their order',
  async (at) => {
    const made = await harness.plan(`${WEB}power: running\n`);
    const changed = `${WEB}power: stopped\nha: false\ndescription: Shop\nmemory: { size: 4GiB }\ndisks: { scsi0: { size: 40GiB }, scsi1: { size: 1GiB } }\n`;
    for (const [index, plan] of [made, undefined, undefined].entries()) {
      const yaml = index === 1 ? changed : undefined;
      const next = plan ?? (yaml === undefined ? await harness.removal(changed) : await harness.plan(yaml));
      const sent = await run(next, at);
      expect(next.resources).toHaveLength(COUNT);
      for (const resource of next.resources) {
        const vmid = resource.vmid ?? 0;
        const mine = sent.filter((write) => isOf(vmid, write));
        expect(mine.length).toBeGreaterThan(0);
        expectRequests({ ...next, resources: [resource] }, mine as Sent, vmid);
      }
      // One after the other with one at a time, and mixed with several.
      if (at === 1) expect(turns(sent)).toBe(COUNT - 1);
      else if (index < 2) expect(turns(sent)).toBeGreaterThan(COUNT - 1);
    }
  },
);
