import type { Json, JsonObject } from '../core/json.ts';
import type { AccessRules, Privileges } from './access/privileges.ts';
import type { Tickets } from './access/tickets.ts';
import type { checkParameters } from './check-parameters.ts';
import type { Realm } from './files/domains-cfg.ts';
import type { StateFolder } from './files/state-folder.ts';
import type { TotpEntry } from './files/tfa-cfg.ts';
import type { UserEntry } from './files/user-cfg.ts';
import type { AccessState, AuthUser, Call, Endpoint, SandboxHost, StorageDefinition } from './host.ts';
import type { SandboxTasks } from './tasks.ts';
import type { SandboxVolumes } from './volumes.ts';

/** What the house's own endpoints know of the state beyond `SandboxHost`. */
export interface SandboxState extends SandboxHost {
  readonly clusterName: string | null;
  readonly access: SandboxAccess;
  readonly tickets: Tickets;
  /** The certificate that the server shows, PEM. */
  certificate(): string;
  readonly tasks: SandboxTasks;
  readonly volumes: SandboxVolumes;
  /** What `/cluster/resources` shows of a guest's own values now; undefined where nothing is known of it yet. */
  publishedStatus(vmid: number): JsonObject | undefined;
  /** SHA-1 of a config file's text. */
  digestOf(path: string): string;
  /** Files of the state's folder that have no typed value here, such as `ha/rules.cfg`. */
  readonly files: Pick<StateFolder, 'read' | 'write' | 'remove'>;
  /** Replaces all storages, in `storage.cfg` too. */
  setStorages(storages: readonly StorageDefinition[]): void;
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
  readonly realms: Map<string, Realm>;
  /** User id to the hash of its password. */
  readonly passwords: Map<string, string>;
  /** The secrets for one-time codes, by user. */
  readonly totp: Map<string, readonly TotpEntry[]>;
  /** By secret, the last step whose code was used: a code is good for one login. */
  readonly usedTotpSteps: Map<string, number>;
  /** As `privileges`, with whether each also holds below the path. */
  privilegesWithPropagation(user: AuthUser, path: string): Privileges;
}

/** A call to an endpoint of the house. */
export interface HouseCall extends Call {
  readonly host: SandboxState;
}

/** An endpoint that may use the whole state. */
export interface HouseEndpoint extends Omit<Endpoint, 'handle'> {
  /** Checks the parameters of a call whose schema is a choice of several, which the API facts cannot say. */
  readonly check?: typeof checkParameters;
  handle(call: HouseCall): Json | Promise<Json>;
}
