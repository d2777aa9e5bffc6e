import { resolve } from 'node:path';
import { isObject } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import { readClusterIdentity } from '../../pve/endpoints/identity.ts';
import type { PveReader } from '../../pve/reader.ts';
import { toJsonText } from '../../report/json-text.ts';
import { writeWhole } from '../files/write-whole.ts';
import type { CheckedDocuments } from '../load-checked.ts';
import { documentDigests } from './document-digests.ts';
import { keepSecretsOut } from './keep-secrets-out.ts';
import { planDigest } from './plan-digest.ts';

/** Where the parts of new devices come from, by path. */
function originsOfParts(plan: Plan, { resources }: CheckedDocuments): NonNullable<Plan['origins']> {
  const documents = new Map(resources.map((resource) => [resource.address, resource.origins]));
  const entries = plan.resources.map(({ address, changes }) => {
    const paths = changes.flatMap(({ path, after }) =>
      isObject(after) ? Object.keys(after).map((part) => `${path}.${part}`) : [],
    );
    const origins = paths.flatMap((path) => {
      const text = documents.get(address)?.get(`/${path.replaceAll('.', '/')}`)?.text;
      return text === undefined ? [] : [[path, text] as const];
    });
    return [address, Object.fromEntries(origins)] as const;
  });
  return Object.fromEntries(entries.filter(([, origins]) => Object.keys(origins).length > 0));
}

/**
 * Writes a plan to a file, with what it is bound to: the cluster, by its authority, and the documents, by what they come to.
 * It holds no times, no secrets, and nothing of the machine. Throws `CONFIG` where the file cannot be written, and as
 * `keepSecretsOut` does.
 */
export async function savePlan(
  plan: Plan,
  documents: CheckedDocuments,
  pve: PveReader,
  { file, cwd, partial }: { readonly file: string; readonly cwd: string; readonly partial: boolean },
): Promise<void> {
  const { formatVersion, cluster, stack, ...rest } = plan;
  const whole: Plan = {
    formatVersion,
    cluster: { ...cluster, ...(await readClusterIdentity(pve)) },
    stack,
    sources: documentDigests(documents).map((source) => (partial ? { ...source, partial } : source)),
    origins: originsOfParts(plan, documents),
    ...rest,
  };
  const saved = keepSecretsOut(whole, documents.resources);
  const text = toJsonText({ ...saved, sha256: planDigest(saved) }, 2);
  await writeWhole(resolve(cwd, file), `the plan to ${file}`, text);
}
