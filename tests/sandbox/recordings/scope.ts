/** How much of a recording has to agree, in percent of what the sandbox is to cover; not listed: nothing. */
export const BOUNDS: Readonly<Record<string, number>> = {
  '01': 95,
  '02': 100,
  '03': 100,
  '04': 100,
  '06': 95,
  '07': 95,
  '09': 95,
  '10': 95,
  '12': 100,
  '13': 95,
  '14': 95,
  '15': 95,
  '20': 100,
  '21': 100,
};

/** What comes with later kinds: containers, node networks, the firewall outside of guests, backups, and the like. */
const LATER: readonly RegExp[] = [
  /^\/nodes\/[^/]+\/(?:lxc|network|firewall|vzdump|services|dns|time|apt|certificates|disks|hardware|capabilities|ceph|sdn|syslog|journal|subscription|replication|scan|aplinfo|config|report|netstat|rrd|rrddata|startall|stopall|wakeonlan|migrateall|suspendall|vncshell|termproxy)(?:\/|$)/,
  /^\/cluster\/(?:firewall|backup|backup-info|replication|sdn|jobs|acme|metrics|notifications|config|ceph|log|bulk-action)(?:\/|$)/,
  /^\/nodes\/[^/]+\/qemu\/\d+\/(?:vncproxy|termproxy|spiceproxy|vncwebsocket|monitor|rrd|rrddata|mtunnel|dbus-vmstate)(?:\/|$)/,
  /^\/nodes\/[^/]+\/storage\/[^/]+\/rrd(?:data)?$/,
  /^\/access\/(?:tfa|openid)(?:\/|$)/,
];

/** Whether the sandbox is to have a call by now, by its path below `/api2/json`. */
export function isInScope(path: string): boolean {
  return !LATER.some((pattern) => pattern.test(path));
}

/** Formats for people, and the pages of the web interface: no client of the API asks for them. */
export function isLaterUrl(url: string): boolean {
  return url === '/' || /^\/api2\/(?:html|png)\//.test(url);
}

/** The recordings that are replayed one after the other on one sandbox, as they were made on one host. */
export function chainsOf(names: readonly string[]): readonly (readonly string[])[] {
  const isShared = (name: string): boolean => Number(name.slice(0, 2)) <= 15;
  return [names.filter(isShared), ...names.filter((name) => !isShared(name)).map((name) => [name])];
}
