import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApplyEvent } from '../../src/core/event.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Resource } from '../../src/core/resource.ts';
import { type ApplyResult, applyPlan } from '../../src/engine/apply.ts';
import { createPlan, type PlanOptions } from '../../src/engine/plan.ts';
import { createRemovalPlan } from '../../src/engine/removal-plan.ts';
import { loadResources } from '../../src/spec/load.ts';
import { PROJECT } from './scenarios.ts';
import type { Process } from './world.ts';

/** Documents that were read, and what to do with them. */
export interface Work {
  readonly resources: readonly Resource[];
  readonly project: PlanOptions['project'];
  readonly isRemoval: boolean;
  readonly allow: ReadonlySet<string>;
}

/** What one run of the program came to. */
export interface ProgramRun {
  /** What kept it from a plan. */
  readonly thrown?: unknown;
  readonly plan?: Plan;
  /** Absent where the plan has errors. */
  readonly result?: ApplyResult;
  readonly events: readonly ApplyEvent[];
}

/** Reads a document as the program does. */
export async function readWork(yaml: string, isRemoval: boolean, allow: readonly string[]): Promise<Work> {
  const folder = mkdtempSync(join(tmpdir(), 'pvevm-faults-'));
  try {
    writeFileSync(join(folder, 'vm.yaml'), yaml);
    writeFileSync(join(folder, 'pvevm.yaml'), PROJECT);
    const options = { cwd: folder, env: {}, readStdin: async () => new Uint8Array() };
    const { resources, project, diagnostics } = await loadResources(['vm.yaml'], options);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n'));
    return { resources, project, isRemoval, allow: new Set(allow) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The plan of a work. */
export async function planWork({ isRemoval, ...work }: Work, { pve, clock }: Process): Promise<Plan> {
  const make = isRemoval ? createRemovalPlan : createPlan;
  return await make({ ...work, pve, user: pve.user, clock });
}

/** Plans and applies, as `pvevm apply --yes` and `pvevm destroy --yes` do. */
export async function runWork(work: Work, process: Process): Promise<ProgramRun> {
  const events: ApplyEvent[] = [];
  let plan: Plan;
  try {
    plan = await planWork(work, process);
  } catch (thrown) {
    return { thrown, events };
  }
  if (plan.diagnostics.some(({ severity }) => severity === 'error')) return { plan, events };
  const secrets = new Map(work.resources.map(({ address, secrets: own = new Map() }) => [address, own]));
  const result = await applyPlan({
    ...{ plan, pve: process.pve, clock: process.clock, parallelism: 1, random: () => 0.5 },
    secrets: (address, path) => secrets.get(address)?.get(path),
    onEvent: (event) => events.push(event),
  });
  return { plan, result, events };
}
