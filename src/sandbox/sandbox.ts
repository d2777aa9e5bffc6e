import type { FactVersion } from '../pve/facts/fact-versions.ts';
import type { FaultRule } from './faults.ts';
import type { SandboxClock } from './host.ts';
import type { RequestLogEntry } from './server.ts';
import type { WorldName } from './worlds/worlds.ts';

/** How a sandbox is to be. */
export interface SandboxOptions {
  /** Where its state is kept; absent: in a temporary folder that `close` removes. */
  readonly directory?: string;
  /** What a new sandbox starts from; `small` unless given. */
  readonly world?: WorldName;
  /** The version of Proxmox VE that it is; 9.2, or what its folder says, unless given. */
  readonly version?: FactVersion;
  /** 0 (the default): any that is free. */
  readonly port?: number;
  /** How long each task takes, in milliseconds; 20 unless given. */
  readonly taskTimeMs?: number;
  /** The same seed gives the same ids and addresses; absent: by chance. */
  readonly seed?: number;
  /** How long `/cluster/resources` shows a guest's old name and status, in milliseconds; 0 unless given. */
  readonly resourcesLagMs?: number;
  /** How long a failed login waits, in milliseconds; 0 unless given. The real one waits 3000. */
  readonly authDelayMs?: number;
  /** The time of the simulated hosts; the real one unless given. */
  readonly clock?: SandboxClock;
  /** How many times faster than ours the time of the simulated hosts runs; 1 unless given. Not with `clock`. */
  readonly timeFactor?: number;
  /** What is to go wrong, as rules or as texts such as `POST /pools status=596 after=effect count=1`. */
  readonly faults?: readonly (FaultRule | string)[];
  /** Whether `log` keeps all requests; true unless given. A server that runs for days had better not. */
  readonly keepLog?: boolean;
  /** Called after each request. */
  readonly log?: (entry: RequestLogEntry) => void;
}

/** A running sandbox. */
export interface Sandbox {
  /** As in `https://127.0.0.1:34567`. */
  readonly endpoint: string;
  /** The same as `endpoint`. */
  readonly url: string;
  /** An API token of root@pam: `root@pam!sandbox=UUID`. */
  readonly token: string;
  /** Its certificate, PEM: its own authority. */
  readonly ca: string;
  /** SHA-256 of its certificate, upper case with colons. */
  readonly fingerprint: string;
  /** Answers as its server does, for any host, without a socket: for tests that are to be the same each time. */
  readonly fetch: typeof fetch;
  readonly directory: string;
  /** The name of the world that it began as; `loaded`: a copy of a real cluster's files. */
  readonly world: string;
  readonly version: FactVersion;
  /** All requests so far, in order of arrival; none with `keepLog: false`. */
  readonly requests: readonly RequestLogEntry[];
  /** The same as `requests`. */
  readonly log: readonly RequestLogEntry[];
  /** Makes the next matching requests fail. */
  failNext(rule: FaultRule | string): void;
  /** Ends all rules of faults. */
  clearFaults(): void;
  /** The text of a guest's config file; undefined where there is no such guest. */
  guestConfig(vmid: number): string | undefined;
  /** Gives a user a secret (base32) for one-time codes: from now on a login of it needs one. */
  setTotp(userid: string, secret: string): void;
  /** Resolves when no task runs. */
  settled(): Promise<void>;
  /** Reads the config files again, after they were changed by hand. */
  reload(): void;
  /** Waits for running tasks (not with a virtual clock), stops listening, and gives the folder free. */
  close(): Promise<void>;
}
