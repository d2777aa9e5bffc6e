import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { startHarness } from '../harness.ts';
import { RUNS, specs } from './generated-specs.ts';
import { changesOf, destroyByHand, errorsOf, setByHand, titlesOf } from './guests.ts';

const LONG = 600_000;
const ROOT_ONLY = 'only root@pam itself may set this';
const NOT_THERE = 'the server’s version does not have this field';

it.each(['7.4', '8.4', '9.1'] as const)(
  'R-9: on Proxmox VE %s any spec, applied, plans empty, or names what that version lacks',
  async (version) => {
    const harness = await startHarness({ version });
    let number = 0;
    let applied = 0;
    try {
      await fc.assert(
        fc.asyncProperty(specs, async (spec) => {
          number += 1;
          const yaml = stringify({ kind: 'vm', name: `guest-${number}`, ...spec });
          harness.writes();
          const plan = await harness.plan(yaml);
          if (errorsOf(plan).length > 0) {
            // Before 8.4 rng0 was for root alone.
            const isOld = ({ summary, detail }: Diagnostic): boolean =>
              summary === NOT_THERE || (version === '7.4' && summary === ROOT_ONLY && detail.includes('devices.rng0'));
            expect(errorsOf(plan).filter((error) => !isOld(error))).toEqual([]);
            expect(harness.writes()).toEqual([]);
            return;
          }
          expect(await harness.run(plan)).toMatchObject({ outcome: 'ok', errors: [] });
          await harness.sandbox.settled();
          const again = await harness.plan(yaml);
          expect(changesOf(again)).toEqual([]);
          expect(titlesOf(again)).toEqual([]);
          const vmid = plan.resources[0]?.vmid ?? 0;
          await setByHand(harness, vmid, { delete: 'protection' });
          await destroyByHand(harness, vmid);
          applied += 1;
        }),
        RUNS,
      );
    } finally {
      await harness.close();
    }
    expect(applied).toBeGreaterThan(5);
  },
  LONG,
);
