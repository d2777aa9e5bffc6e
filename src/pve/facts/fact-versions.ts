// Written by `npm run gen:api-facts`; changes here are lost.
/** A version of Proxmox VE whose API facts are here. */
export type FactVersion = '9.2' | '9.1' | '8.4' | '7.4';

/** The versions of Proxmox VE whose API facts are here, newest first. */
export const FACT_VERSIONS: readonly FactVersion[] = ['9.2', '9.1', '8.4', '7.4'];
