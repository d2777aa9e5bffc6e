import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import type { Plan } from '../../core/plan.ts';
import { PROJECT_FILE } from '../../spec/source.ts';
import { loadChecked } from '../load-checked.ts';
import type { CommandScope } from '../make-plan.ts';
import { sourceOf } from '../variable-options.ts';

/**
 * Throws `STALE` where a plan removes what no document of its project described, and one does by now: a file may have come
 * that the plan knows nothing of, or a document may take the guest over with `renamedFrom`. Where one cannot be read, as for
 * want of a variable, nobody can tell, and it throws too. A project that is not here cannot be looked at. Nothing is
 * contacted.
 */
export async function checkRemovals(plan: Plan, { io, options }: CommandScope): Promise<void> {
  const removed = new Set(plan.resources.filter(({ action }) => action === 'delete').map(({ address }) => address));
  const project = plan.sources?.find(({ file }) => basename(file) === PROJECT_FILE)?.file;
  if (removed.size === 0 || project === undefined) return;
  const facts = await stat(resolve(io.cwd, project)).catch(() => undefined);
  if (facts?.isFile() !== true) return;
  // What was planned with is compared by its file already; a document may name an old name for ever.
  const known = new Set(plan.resources.map(({ address }) => address).filter((address) => !removed.has(address)));
  const { resources, diagnostics } = await loadChecked([dirname(project)], sourceOf(io, options));
  for (const { address, kind, range, spec } of resources) {
    if (known.has(address)) continue;
    const { renamedFrom } = spec;
    const before = typeof renamedFrom === 'string' ? (`${kind}/${renamedFrom}` as const) : undefined;
    const wanted = [address, before].find((one) => one !== undefined && removed.has(one));
    if (wanted === undefined) continue;
    throw new PvevmError(
      'STALE',
      `cannot apply the plan: it destroys ${wanted}, which ${range.file} describes by now`,
      {
        hints: ['Make the plan again: pvevm plan --prune -o FILE.'],
      },
    );
  }
  // The project file alone may be here, and no documents.
  const errors = diagnostics.filter(({ severity, summary }) => severity === 'error' && summary !== 'no documents');
  if (errors.length === 0) return;
  const files = [...new Set(errors.map(({ range }) => range?.file ?? 'a document'))].join(', ');
  const [first = ''] = removed;
  throw new PvevmError(
    'STALE',
    `cannot apply the plan: it destroys ${first}, and ${files} cannot be read, which may describe it by now`,
    {
      details: errors.map(({ summary, detail }) => `${summary}: ${detail}`),
      hints: ['Correct it, or give the variables that the plan was made with.'],
    },
  );
}
