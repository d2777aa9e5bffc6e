import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Plan } from '../../core/plan.ts';
import { formatResource, type PlanTextOptions } from '../plan/plan-text.ts';
import { createTheme } from '../theme.ts';
import { formatJunit, type JunitReport } from './junit.ts';

/** How the resources of a plan are shown in its report. */
export interface PlanJunitOptions
  extends Pick<PlanTextOptions, 'label' | 'verbose' | 'showRequests' | 'origins'>,
    Pick<JunitReport, 'files' | 'clean'> {}

const WIDTH = 100;

/** A plan in the form of JUnit: a test case for each resource, which fails where the plan has errors for it; its changes and steps stand beside the result. */
export function formatPlanJunit(plan: Plan, { files, clean, ...options }: PlanJunitOptions): string {
  const shown = { ...options, theme: createTheme(false), width: WIDTH };
  const resources = plan.resources.map((resource) => {
    const { address, source } = resource;
    return { address, ...source, output: `${formatResource(resource, shown)}\n` };
  });
  return formatJunit({ name: 'pvevm plan', resources, diagnostics: plan.diagnostics, files, clean });
}

/** What was found in documents before there was a plan, in the form of JUnit. */
export function formatFindingsJunit(
  diagnostics: readonly Diagnostic[],
  { files, clean }: Pick<JunitReport, 'files' | 'clean'>,
): string {
  return formatJunit({ name: 'pvevm plan', resources: [], diagnostics, files, clean });
}
