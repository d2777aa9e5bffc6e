import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadChecked } from '../../src/cli/load-checked.ts';
import { loadSchemas } from '../../src/cli/load-schemas.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import { exportObjects } from '../../src/engine/export.ts';
import { createPlan } from '../../src/engine/plan.ts';
import type { Exported, ExportRequest } from '../../src/kinds/exported.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { exportFile } from '../../src/report/export-yaml.ts';
import { escapePlaceholders } from '../../src/spec/escape-placeholders.ts';

/** What an export came to: the objects, the file, and the plan of that file beside the same project file. */
export interface ExportRun extends Exported {
  readonly yaml: string;
  readonly plan: Plan;
}

const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };

/** Exports guests, and plans what was written, in a folder with that project file. */
export async function exportAndPlan(
  pve: PveClient,
  names: readonly string[],
  { project, ...request }: { project?: string } & Partial<ExportRequest> = {},
): Promise<ExportRun> {
  const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  try {
    if (project !== undefined) writeFileSync(join(cwd, 'pvevm.yaml'), project);
    const read = (text: string) => loadChecked(['-'], { cwd, readStdin: async () => new TextEncoder().encode(text) });
    const resolve = (document: JsonObject) => read(JSON.stringify(escapePlaceholders(document)));
    const shared = (await read('{ kind: vm, name: a, vmid: 100 }')).project;
    const requests = new Map([['vm', { names, power: false, ...request }]]);
    const exported = await exportObjects({ requests, pve, user: pve.user, project: shared, resolve, clock });
    const yaml = exportFile(exported.objects, await loadSchemas());
    if (exported.objects.length === 0) throw new Error(JSON.stringify(exported.failed));
    const loaded = await read(yaml);
    const plan = await createPlan({ resources: loaded.resources, project: loaded.project, pve, user: pve.user, clock });
    return { ...exported, yaml, plan: { ...plan, diagnostics: [...loaded.diagnostics, ...plan.diagnostics] } };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
