import { formatSections, parseSections } from './section-config.ts';

/** A realm: its type and its keys in `domains.cfg`. */
export interface Realm {
  readonly type: string;
  readonly values: Readonly<Record<string, string>>;
}

/** The realms that are always there, and their comments where they have no other. */
const BUILT_IN: Readonly<Record<string, string>> = {
  pam: 'Linux PAM standard authentication',
  pve: 'Proxmox VE authentication server',
};

/** Reads `domains.cfg` (pve-access-control: PVE/Auth/Plugin.pm, parse_config). */
export function parseDomainsCfg(text: string): Map<string, Realm> {
  const realms = new Map<string, Realm>();
  for (const { type, id, values } of parseSections(text)) realms.set(id, { type, values });
  addBuiltInRealms(realms);
  return realms;
}

/** Adds the realms that are always there: they come back when they are deleted. */
export function addBuiltInRealms(realms: Map<string, Realm>): void {
  for (const [id, comment] of Object.entries(BUILT_IN)) {
    const values = realms.get(id)?.values ?? {};
    realms.set(id, { type: id, values: { ...values, comment: values['comment'] ?? comment } });
  }
}

/** The text of `domains.cfg`. */
export function formatDomainsCfg(realms: ReadonlyMap<string, Realm>): string {
  return formatSections([...realms].map(([id, { type, values }]) => ({ type, id, values })));
}
