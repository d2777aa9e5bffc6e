import fc from 'fast-check';
import { expect, it } from 'vitest';
import { valueAt } from '../../src/core/resource.ts';
import { FACT_VERSIONS } from '../../src/pve/facts/load-facts.ts';
import { RUNS, wholeSpecs, without } from './generated-specs.ts';
import { changesOf, errorsOf, titlesOf } from './guests.ts';
import { startLab } from './lab.ts';
import { expectRequests, yamlOf } from './prediction.ts';
import { createTally } from './tally.ts';
import { invalidBecause } from './valid-spec.ts';

const LONG = 3_600_000;
// For each of the versions.
const ROUNDS = { ...RUNS, numRuns: RUNS.numRuns < 100 ? 10 : 300 };
const NOT_THERE = 'the server’s version does not have this field';

it.each(FACT_VERSIONS)(
  'R-9 R-20 P1 P2: on Proxmox VE %s any spec, applied, plans empty, stopped and started, or names what stands in its way',
  async (version) => {
    const lab = await startLab(version);
    const tally = createTally();
    try {
      await fc.assert(
        fc.asyncProperty(wholeSpecs, async (spec) => {
          await lab.clear();
          let fitting = spec;
          let resources = await lab.load(yamlOf(fitting));
          let plan = await lab.plan(resources);
          const late = errorsOf(plan).filter(({ summary }) => summary === NOT_THERE);
          if (late.length > 0) {
            tally.add('left out', NOT_THERE, late.length);
            fitting = without(
              spec,
              late.map(({ pointer }) => pointer ?? ''),
            );
            // What is left of a device may be none.
            if (invalidBecause(fitting) !== undefined) return;
            resources = await lab.load(yamlOf(fitting));
            plan = await lab.plan(resources);
          }
          for (const { summary } of errorsOf(plan)) tally.add('refused', summary);
          if (errorsOf(plan).length > 0) {
            expect(titlesOf(plan)).toEqual([]);
            return;
          }
          lab.writes();
          expect(await lab.run(plan, resources)).toMatchObject({ outcome: 'ok', errors: [] });
          expectRequests(plan, lab.writes(), plan.resources[0]?.vmid ?? 0);
          tally.add('cases', 'applied');
          const stopped = await lab.plan(resources);
          expect(changesOf(stopped)).toEqual([]);
          expect(titlesOf(stopped)).toEqual([]);
          const { vmid, node } = plan.resources[0] ?? {};
          // A start by hand is a change of what is written of power, or of the state that HA keeps.
          if (fitting['power'] !== undefined || valueAt(fitting, '/ha/state') !== undefined) return;
          const task = await lab.pve.post(`/nodes/${node}/qemu/${vmid}/status/start`);
          await lab.sandbox.settled();
          const path = `/nodes/${node}/tasks/${encodeURIComponent(String(task))}/status`;
          expect(await lab.pve.get(path)).toMatchObject({ exitstatus: 'OK' });
          const started = await lab.plan(resources);
          expect(changesOf(started)).toEqual([]);
          expect(titlesOf(started)).toEqual([]);
          tally.add('cases', 'started');
        }),
        ROUNDS,
      );
    } finally {
      await lab.close();
      tally.print(`round trips on ${version}`);
    }
    expect(tally.of('cases', 'started')).toBeGreaterThan(ROUNDS.numRuns / 5);
  },
  LONG,
);
