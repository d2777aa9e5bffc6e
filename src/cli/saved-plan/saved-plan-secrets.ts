import { PvevmError } from '../../core/error.ts';
import type { Plan } from '../../core/plan.ts';
import { requireSecrets, type SecretSource, secretsOf, wantedSecrets } from '../../engine/step/placeholders.ts';
import { type CommandScope, loadOrReport } from '../make-plan.ts';

/**
 * The secrets of a saved plan, which holds none: they are read again from the documents that it was made from, with the
 * variables of this call. Where the documents are wrong, prints that, and gives the exit code back instead. Throws
 * `CONFIG` where a secret is missing. Nothing is contacted.
 */
export async function readPlanSecrets(plan: Plan, scope: CommandScope): Promise<SecretSource | number> {
  const files = [...new Set(wantedSecrets(plan).map(({ file }) => file))];
  if (files.length === 0) return () => undefined;
  if (files.includes('<stdin>')) {
    throw new PvevmError('CONFIG', 'cannot apply the plan: it needs secrets of a document from standard input', {
      hints: ['A plan holds no secrets. Make it from a file: they are read again from there.'],
    });
  }
  const documents = await loadOrReport(files, scope);
  if (typeof documents === 'number') return documents;
  const secrets = secretsOf(documents.resources);
  requireSecrets(plan, secrets);
  return secrets;
}
