import type { ApiFacts } from './facts.ts';

const LOADERS = {
  '9.2': () => import('./pve-9.2.json', { with: { type: 'json' } }),
} as const;

/** A version of Proxmox VE whose API facts are here. */
export type FactVersion = keyof typeof LOADERS;

/** The versions of Proxmox VE whose API facts are here, newest first. */
export const FACT_VERSIONS: readonly FactVersion[] = ['9.2'];

/** The API facts of one version, loaded when they are first asked for. */
export async function loadFacts(version: FactVersion): Promise<ApiFacts> {
  const module = await LOADERS[version]();
  // The inferred type of the JSON has plain strings for words; scripts/gen-api-facts.mjs and its test guarantee the shape.
  return module.default as unknown as ApiFacts;
}
