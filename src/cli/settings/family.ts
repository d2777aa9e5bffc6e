import type { Credentials } from '../../pve/authentication/credentials.ts';
import type { Trust } from '../../pve/connection/trust.ts';
import type { Io } from '../io.ts';
import type { SettingsSource } from './connection-settings.ts';

/** What a source gives once its files are read and its questions answered. */
export interface OpenedFamily {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
}

/**
 * One source of settings. Families are never mixed: a credential must reach no other server than the one that it was
 * given for.
 */
export interface Family {
  readonly source: SettingsSource;
  /** Whether anything of it is set. */
  readonly isPresent: boolean;
  /** What it lacks, in words that name the settings; empty where it is complete. */
  readonly missing: readonly string[];
  /** What a person should know about its settings, whether it is used or not. */
  readonly notes: readonly string[];
  /** The name of the context that it is. */
  readonly context?: string;
  /** The audit log that it names, as a whole path. */
  readonly audit?: string;
  /** Reads what its settings point at, and asks for a password where one is wanted. Throws `CONFIG`. */
  open(): Promise<OpenedFamily>;
  /** How the server is judged. Throws `CONFIG`. */
  trust(): Promise<NamedTrust>;
}

/** How a server is judged, and the setting that switched verification off. */
export interface NamedTrust {
  readonly trust: Trust;
  readonly insecureBy?: string;
}

/** The world that settings are read from. */
export type SettingsIo = Pick<Io, 'env' | 'cwd' | 'stdin' | 'stderr'>;
