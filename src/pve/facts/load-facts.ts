import type { FactVersion } from './fact-versions.ts';
import type { ApiFacts } from './facts.ts';
import { factsAt } from './facts-at.ts';

export { FACT_VERSIONS, type FactVersion } from './fact-versions.ts';

const loaded = new Map<FactVersion, ApiFacts>();

/** The API facts of one version, loaded when they are first asked for. */
export async function loadFacts(version: FactVersion): Promise<ApiFacts> {
  const known = loaded.get(version);
  if (known !== undefined) return known;
  const { default: stored } = await import('./api-facts.json', { with: { type: 'json' } });
  const facts = factsAt(stored, version);
  loaded.set(version, facts);
  return facts;
}
