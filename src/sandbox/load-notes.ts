import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseDomainsCfg } from './files/domains-cfg.ts';
import type { WorldGuest } from './worlds/world.ts';

/** What a real `/etc/pve` holds and the sandbox has no use for, as nothing there shows in a plan. */
const UNUSED =
  /^(?:replication\.cfg|vzdump\.cron|sdn\/.+|nodes\/[^/]+\/host\.fw|virtual-guest\/.+|notifications\.cfg)$/;

/** The configuration of the source that is left out, in a sentence; none where there is no such file. */
export function unusedNotes(from: string): readonly string[] {
  const names = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
    .filter((name) => UNUSED.test(name))
    .sort();
  return names.length === 0 ? [] : [`Not used: ${names.join(', ')}.`];
}

/** Who cannot log in, since no password was loaded. */
export function loginNote(domains: string): string {
  const realms = [...parseDomainsCfg(domains)].filter(([, { type }]) => type !== 'pam' && type !== 'pve');
  const names = realms.length === 0 ? '' : `, nor secrets of realms (${realms.map(([id]) => id).join(', ')})`;
  return `Passwords are not loaded${names}: come in with an API token.`;
}

/** The lines of config files that Proxmox VE passes over, each with its place. */
export function lineNotes(guests: readonly WorldGuest[]): readonly string[] {
  return guests.flatMap(({ node, vmid, config }) =>
    config.split('\n').flatMap((line, index) => {
      if (isReadLine(line)) return [];
      const place = `nodes/${node}/qemu-server/${vmid}.conf:${index + 1}`;
      return [`${place}: no setting, and so ignored, as Proxmox VE does.`];
    }),
  );
}

/** Whether a line of a guest's config file means something (qemu-server: PVE/QemuServer.pm, parse_vm_config). */
function isReadLine(line: string): boolean {
  return /^\s*$|^#|^\[[A-Za-z][\w:-]*\]\s*$|^[a-z][a-z_-]*\d*:\s*.+$/.test(line);
}
