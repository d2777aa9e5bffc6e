import type { ApiFacts } from './facts.ts';

/** A version of Proxmox VE whose API facts are here. */
export type FactVersion = '9.2';

const LOADERS: Readonly<Record<FactVersion, () => Promise<{ readonly default: unknown }>>> = {
  '9.2': () => import('./pve-9.2.json', { with: { type: 'json' } }),
};

/** The versions of Proxmox VE whose API facts are here, newest first. */
export const FACT_VERSIONS: readonly FactVersion[] = ['9.2'];

/** The API facts of one version, loaded when they are first asked for. */
export async function loadFacts(version: FactVersion): Promise<ApiFacts> {
  const module = await LOADERS[version]();
  // scripts/gen-api-facts.mjs and its test guarantee the shape.
  return module.default as ApiFacts;
}
