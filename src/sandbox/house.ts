import type { Json, JsonObject } from '../core/json.ts';
import type { AccessRules, Privileges } from './access/privileges.ts';
import type { UserEntry } from './files/user-cfg.ts';
import type { AccessState, AuthUser, Call, Endpoint, SandboxHost } from './host.ts';
import type { SandboxTasks } from './tasks.ts';
import type { SandboxVolumes } from './volumes.ts';

/** What the house's own endpoints know of the state beyond `SandboxHost`. */
export interface SandboxState extends SandboxHost {
  readonly clusterName: string | null;
  readonly access: SandboxAccess;
  readonly tasks: SandboxTasks;
  readonly volumes: SandboxVolumes;
  /** What `/cluster/resources` shows of a guest's own values now; undefined where nothing is known of it yet. */
  publishedStatus(vmid: number): JsonObject | undefined;
  /** SHA-1 of a config file's text. */
  digestOf(path: 'storage.cfg' | 'ha/resources.cfg'): string;
  /** Writes what is not configuration, where it has changed. */
  flush(): void;
  /** Writes it, changed or not: the folder's owner may be another one now. */
  writeState(): void;
  /** Reads all files again. */
  reload(): void;
}

/** Access rules with what `user.cfg` says beyond `AccessState`. */
export interface SandboxAccess extends AccessState, AccessRules {
  readonly users: Map<string, UserEntry>;
  readonly groups: Map<string, Set<string>>;
  readonly groupComments: Map<string, string>;
  /** As `privileges`, with whether each also holds below the path. */
  privilegesWithPropagation(user: AuthUser, path: string): Privileges;
}

/** A call to an endpoint of the house. */
export interface HouseCall extends Call {
  readonly host: SandboxState;
}

/** An endpoint that may use the whole state. */
export interface HouseEndpoint extends Omit<Endpoint, 'handle'> {
  handle(call: HouseCall): Json | Promise<Json>;
}
