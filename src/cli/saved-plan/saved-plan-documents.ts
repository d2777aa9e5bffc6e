import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import type { Plan, PlanSource } from '../../core/plan.ts';
import { PROJECT_FILE } from '../../spec/source.ts';
import { type CheckedDocuments, loadChecked } from '../load-checked.ts';
import type { CommandScope } from '../make-plan.ts';
import { sourceOf } from '../variable-options.ts';
import { documentDigests } from './document-digests.ts';

/** The files of a plan that are here; a plan may be carried out where its documents are not. */
async function sourcesHere(plan: Plan, cwd: string): Promise<readonly PlanSource[]> {
  const here: PlanSource[] = [];
  for (const source of plan.sources ?? []) {
    const facts = await stat(resolve(cwd, source.file)).catch(() => undefined);
    if (facts?.isFile() === true) here.push(source);
  }
  return here;
}

/** The files that do not come to what they came to when the plan was made. */
function changedFiles(plan: Plan, before: readonly PlanSource[], now: CheckedDocuments): readonly string[] {
  const planned = new Set(plan.resources.map(({ address }) => address));
  const isPartial = before.some(({ partial }) => partial === true);
  const resources = now.resources.filter(({ address }) => !isPartial || planned.has(address));
  const digests = new Map(documentDigests({ ...now, resources }).map(({ file, sha256 }) => [file, sha256]));
  return before.filter(({ file, sha256 }) => digests.get(file) !== sha256).map(({ file }) => file);
}

/**
 * Throws `STALE` where a document that a plan was made from is here and says something else by now. What cannot be compared,
 * since a variable is not given in this call, is said. Nothing is contacted.
 */
export async function checkDocuments(plan: Plan, { io, options, output }: CommandScope): Promise<void> {
  const here = await sourcesHere(plan, io.cwd);
  const files = here.map(({ file }) => file).filter((file) => basename(file) !== PROJECT_FILE);
  if (files.length === 0) return;
  const documents = await loadChecked(files, sourceOf(io, options));
  const errors = documents.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 && errors.every(({ summary }) => summary === 'undefined variable')) {
    output.message('The documents of the plan are not compared with it: they need variables that are not given.');
    return;
  }
  const changed = changedFiles(plan, here, documents);
  if (changed.length === 0) return;
  const has = changed.length === 1 ? 'has' : 'have';
  throw new PvevmError('STALE', `cannot apply the plan: ${changed.join(', ')} ${has} changed since it was made`, {
    hints: [
      'Make the plan again: pvevm plan -o FILE.',
      'Where it was not edited: a base, the project file or a variable counts too.',
    ],
  });
}
