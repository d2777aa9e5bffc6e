import { PvevmError } from '../../src/core/error.ts';
import type { ApplyEvent, ErrorInfo } from '../../src/core/event.ts';
import type { Plan, ResourcePlan } from '../../src/core/plan.ts';
import type { ProgramRun } from './program-run.ts';

// A guest, a resource, a path of the API, a task, a node or the server: something to look for.
const NAMES_SOMETHING =
  /(?:vm|image)\/\S|guest \d+|\/(?:nodes|cluster|pools|access|storage|version)\b|task \w+|127\.0\.0\.1/;

function checkError({ code, message }: Pick<ErrorInfo, 'code' | 'message'>): readonly string[] {
  if (code === 'INTERNAL') return [`the report says INTERNAL: ${message}`];
  return NAMES_SOMETHING.test(message) ? [] : [`the report names nothing: ${message}`];
}

/** Each step of the plan is finished once, after it was started where it was. */
function checkSteps(plan: Plan, events: readonly ApplyEvent[]): readonly string[] {
  return plan.resources.flatMap(({ steps }) =>
    steps.flatMap(({ id }) => {
      const own = events.filter((event) => 'step' in event && event.step === id).map(({ type }) => type);
      const finished = own.filter((type) => type === 'step.finished').length;
      const isInOrder = own.at(-1) === 'step.finished' && own.filter((type) => type === 'step.started').length <= 1;
      return finished === 1 && isInOrder ? [] : [`step ${id} is reported as ${own.join(' ')}`];
    }),
  );
}

/** Steps that say and send the same as one before them: nothing is done twice by one plan, nor by one that is made anew. */
function repeatedSteps({ address, steps }: ResourcePlan): readonly string[] {
  const known = new Set<string>();
  return steps.flatMap(({ title, request }) => {
    const { digest: _, ...params } = request?.params ?? {};
    const deed = JSON.stringify([title, request?.method, request?.path, params]);
    const isRepeated = known.has(deed);
    known.add(deed);
    return isRepeated ? [`a plan of ${address} has twice: ${title}`] : [];
  });
}

/** What is wrong with what a run says of itself. */
export function checkReport({ thrown, plan, result, events }: ProgramRun): readonly string[] {
  if (plan === undefined) {
    if (thrown instanceof PvevmError) return checkError(thrown);
    return [`the plan fails with ${thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)}`];
  }
  if (result === undefined) return [];
  const anew = events.flatMap((event) => (event.type === 'resource.replanned' ? event.plan : []));
  const repeated = [...plan.resources, ...anew].flatMap(repeatedSteps);
  const found = [...checkSteps(plan, events), ...result.errors.flatMap(checkError), ...repeated];
  const last = events.at(-1);
  if (last?.type !== 'run.finished' || last.outcome !== result.outcome) found.push('the last event is not the end');
  if (result.outcome === 'failed' && result.errors.length === 0) found.push('it failed, and no error says why');
  if (result.outcome === 'cancelled') found.push('nobody cancelled it');
  return found;
}

/** All that a run tells its reader, as one text. */
export function toldBy({ thrown, plan, result }: ProgramRun): string {
  const errors = thrown instanceof PvevmError ? [thrown] : (result?.errors ?? []);
  return [
    ...errors.flatMap(({ message, hints, details }) => [message, ...hints, ...details]),
    ...(plan?.diagnostics ?? []).flatMap(({ summary, detail }) => [summary, detail]),
  ].join('\n');
}
