const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

/** A task's id as Proxmox VE makes it (pve-common: PVE/UPID.pm, encode). */
export function formatUpid(task: {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}): string {
  const { node, pid, pstart, starttime, type, id, user } = task;
  return `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${user}:`;
}
