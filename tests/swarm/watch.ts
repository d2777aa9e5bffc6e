import type { Stack } from './documents.ts';
import { markOf, uuidOf } from './guests.ts';
import type { SwarmWorld } from './world.ts';

// From the look at a guest to the write that follows it.
const RACE_MS = 10_000;

/** A write of a command. */
export interface WatchedWrite {
  readonly stack: Stack;
  readonly method: string;
  /** Below `/api2/json`. */
  readonly path: string;
  /** The query, and the body. */
  readonly text: string;
  readonly allow: ReadonlySet<string>;
  readonly rollback: boolean;
  /** The run that it is a write of. */
  readonly run: object;
}

/** Looks at each request, and says what is wrong with it. */
export interface Watch {
  readonly wrong: readonly string[];
  /** Notes whose guests are there. */
  look(path: string): void;
  write(write: WatchedWrite): void;
  /**
   * Whether nobody had to make the second of two guests of one resource: the first was there, for all to see, well before,
   * or one run has made both.
   */
  isNeedless(first: number, second: number): boolean;
}

/** The guest that a write has an effect on; undefined where it is made by it, or is none. */
function targetOf({ path, text }: WatchedWrite): number | undefined {
  const [, below, rest] = /^\/nodes\/[^/]+\/qemu\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (below !== undefined) return rest === '/clone' ? undefined : Number(below);
  const [, service] = /^\/cluster\/ha\/resources\/(?:vm:)?(\d+)$/.exec(path) ?? [];
  const [, named] = path === '/cluster/ha/resources' ? (/"sid":"(?:vm:)?(\d+)"/.exec(text) ?? []) : [];
  const [, member] = path.startsWith('/pools') ? (/"vms":"(\d+)"/.exec(text) ?? []) : [];
  const id = service ?? named ?? member;
  return id === undefined ? undefined : Number(id);
}

/** Whether a write takes data away for good. */
function destroys({ method, path, text }: WatchedWrite): boolean {
  if (method === 'DELETE') return /\/qemu\/\d+$|\/content\//.test(path);
  if (path.endsWith('/unlink')) return /"force":(1|true|"1")/.test(text) || /unused/.test(text);
  return path.endsWith('/config') && (/"force":(1|true|"1")/.test(text) || /"delete":"[^"]*unused\d/.test(text));
}

/** Begins to watch over a world. */
export function createWatch({ sandbox, scheduler }: SwarmWorld): Watch {
  const wrong: string[] = [];
  const owners = new Map<number, { readonly owner: string; readonly since: number }>();

  /** When the create of a guest was sent last, and by whom: of several at a moment all but one are refused. */
  const creates = new Map<number, { readonly sentAt: number; readonly runs: ReadonlySet<object> }>();
  const hasGuest = (vmid: number): boolean => sandbox.guestConfig(vmid) !== undefined;

  const lookAt = (vmid: number): { readonly owner: string; readonly since: number } | undefined => {
    const text = sandbox.guestConfig(vmid);
    if (text === undefined || /^lock: (create|clone)$/m.test(text)) {
      owners.delete(vmid);
      return undefined;
    }
    const owner = `${markOf(text, vmid)?.stack ?? 'nobody'} ${uuidOf(text)}`;
    const known = owners.get(vmid);
    if (known?.owner === owner) return known;
    const seen = { owner, since: scheduler.now() };
    owners.set(vmid, seen);
    return seen;
  };

  return {
    wrong,
    look(path) {
      const [, vmid] = /\/qemu\/(\d+)/.exec(path) ?? [];
      if (vmid !== undefined) lookAt(Number(vmid));
    },
    isNeedless(first, second) {
      const [one, other] = [creates.get(first), creates.get(second)];
      if (one === undefined || other === undefined) return false;
      const both = new Set([...one.runs, ...other.runs]);
      return both.size === 1 || other.sentAt - (owners.get(first)?.since ?? other.sentAt) > RACE_MS;
    },
    write(write) {
      const { stack, method, path, text, allow, rollback, run } = write;
      const [, created] = /"(?:vmid|newid)":(\d+)/.exec(/\/(?:qemu|clone)$/.test(path) ? text : '') ?? [];
      if (created !== undefined && !hasGuest(Number(created))) {
        const sentAt = scheduler.now();
        const before = creates.get(Number(created));
        const others = before !== undefined && sentAt - before.sentAt < RACE_MS ? before.runs : [];
        creates.set(Number(created), { sentAt, runs: new Set([...others, run]) });
      }
      const what = `${method} ${path} ${text} of ${stack}`;
      if (destroys(write) && !allow.has('data-loss') && !rollback)
        wrong.push(`${what}: nobody allowed that data is lost`);
      const vmid = targetOf(write);
      const seen = vmid === undefined ? undefined : lookAt(vmid);
      if (seen === undefined || seen.owner.startsWith(`${stack} `)) return;
      if (scheduler.now() - seen.since > RACE_MS)
        wrong.push(`${what}: guest ${vmid} is not its own, but ${seen.owner}`);
    },
  };
}
