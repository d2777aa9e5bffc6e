/** What a task's id says of the task. */
export interface Upid {
  /** The node that runs the task: its log is a file there, so that the task is asked for at this node only. */
  readonly node: string;
  /** As in `qmcreate`. */
  readonly type: string;
  /** Often a guest's id; empty for tasks about nothing in particular. */
  readonly id: string;
  /** The user or token that started it, as in `root@pam!ci`. */
  readonly user: string;
  /** Seconds since 1970, by the node's clock. */
  readonly startTime: number;
}

const UPID = /^UPID:([^:\s/]+):[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:([0-9A-Fa-f]{8}):([^:\s]+):([^:\s/]*):([^:\s]+):$/;

/** Takes a task's id apart; undefined where the value is none (pve-common: PVE/Tools.pm, upid_decode). */
export function parseUpid(value: unknown): Upid | undefined {
  if (typeof value !== 'string') return undefined;
  const [, node, startTime, type, id, user] = UPID.exec(value) ?? [];
  if (node === undefined || startTime === undefined || type === undefined || id === undefined || user === undefined) {
    return undefined;
  }
  return { node, type, id, user, startTime: Number.parseInt(startTime, 16) };
}
