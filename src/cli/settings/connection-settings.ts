import { PvevmError } from '../../core/error.ts';
import type { Credentials } from '../../pve/authentication/credentials.ts';
import type { Trust } from '../../pve/connection/trust.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { choosableContexts, unreadableFamily } from './context-family.ts';
import { familyReaders, namedContext, type ProjectSettings } from './families.ts';
import type { Family, SettingsIo } from './family.ts';
import { trustFlags, trustOfFlags } from './named-trust.ts';
import { nothingComplete, outrankedContext, skippedNotes } from './skipped.ts';

/** Where settings of a connection come from. */
export interface SettingsSource {
  readonly family: 'flags' | 'PVEVM' | 'context' | 'PROXMOX_VE' | 'PM' | 'PROXMOX';
  /** For people: `the PVEVM_* variables`, `context home (~/.config/pvevm/config.yaml)`. */
  readonly label: string;
  /** The flags, variables or keys it was made of; never their values. */
  readonly names: readonly string[];
}

/** How to reach the cluster, and as whom. */
export interface ConnectionSettings {
  readonly source: SettingsSource;
  /** Tried in order. */
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly trust: Trust;
  /** The name of the context that was used. */
  readonly context?: string;
  /** The audit log that it names, as a whole path. */
  readonly audit?: string;
  /** What a person should know each time: a source that was skipped, a server that is not verified. */
  readonly notes: readonly string[];
}

/** A source of settings as `pvevm doctor` shows it. */
export interface SettingsCandidate {
  readonly source: SettingsSource;
  /** `complete` could be used, but another comes before it. */
  readonly state: 'used' | 'complete' | 'incomplete' | 'absent';
  /** What it lacks. */
  readonly missing: readonly string[];
}

function isComplete({ isPresent, missing }: Family): boolean {
  return isPresent && missing.length === 0;
}

function checkExclusive({ context, endpoint, tokenFile }: ConnectionOptions): void {
  if (context === undefined || (endpoint === undefined && tokenFile === undefined)) return;
  const other = endpoint === undefined ? '--token-file' : '--endpoint';
  throw new PvevmError('USAGE', `cannot use both --context and ${other}`, {
    hints: ['Leave one of them out: a context has an endpoint and credentials of its own.'],
  });
}

/** Who has typed flags or named a context means these, and nothing else. */
function endsSearch({ isPresent, source }: Family): boolean {
  return isPresent && (source.family === 'flags' || source.family === 'context');
}

interface Situation {
  readonly options: ConnectionOptions;
  readonly io: SettingsIo;
  readonly project: ProjectSettings;
}

async function settingsOf(
  family: Family,
  skipped: readonly Family[],
  { options, io, project }: Situation,
): Promise<ConnectionSettings> {
  // Before a password is asked for: where this contradicts itself, none is wanted.
  const { trust, insecureBy } = (await trustOfFlags(options, io.cwd)) ?? (await family.trust());
  const { endpoints, credentials } = await family.open();
  const unverified = `the server is not verified (${insecureBy}): anybody in between can read the ${credentials.type} and change what is sent`;
  return {
    source: { ...family.source, names: [...new Set([...family.source.names, ...trustFlags(options)])] },
    ...{ endpoints, credentials, trust },
    ...(family.context === undefined ? {} : { context: family.context }),
    ...(family.audit === undefined ? {} : { audit: family.audit }),
    notes: [
      ...skippedNotes(skipped),
      ...outrankedContext(family, namedContext(options, io.env, project)),
      ...family.notes,
      ...(insecureBy === undefined ? [] : [unverified]),
    ],
  };
}

/**
 * The settings of the connection: those of the first source that has both an endpoint and credentials, in the order
 * flags, `PVEVM_*`, a named context, `PROXMOX_VE_*`, `PM_*`, `PROXMOX_*`, the current context; `--context` comes before
 * all variables. Sources are never mixed, but flags about trust hold for any. Throws `CONFIG` where none is complete or
 * one is wrong, and `USAGE` for flags that exclude each other.
 */
export async function connectionSettings(
  options: ConnectionOptions,
  io: SettingsIo,
  project: ProjectSettings = {},
): Promise<ConnectionSettings> {
  checkExclusive(options);
  const skipped: Family[] = [];
  for (const read of familyReaders(options, io, project)) {
    const family = await read();
    if (isComplete(family)) return settingsOf(family, skipped, { options, io, project });
    skipped.push(family);
    if (endsSearch(family)) break;
  }
  throw nothingComplete(skipped, await choosableContexts(io.env));
}

/**
 * Every source in the order of precedence, and what is to be said of it; nothing is asked. A context that cannot be
 * read is `incomplete`, and the reason what it lacks.
 */
export async function settingsCandidates(
  options: ConnectionOptions,
  io: SettingsIo,
  project: ProjectSettings = {},
): Promise<readonly SettingsCandidate[]> {
  checkExclusive(options);
  const candidates: SettingsCandidate[] = [];
  // What comes after the one that is used, or after one that ends the search with an error, is not reached.
  let isReached = true;
  for (const read of familyReaders(options, io, project)) {
    const family = await read().catch(unreadableFamily);
    const { source, missing } = family;
    const complete = isComplete(family);
    const state = complete ? (isReached ? 'used' : 'complete') : family.isPresent ? 'incomplete' : 'absent';
    if (complete || endsSearch(family)) isReached = false;
    candidates.push({ source, state, missing });
  }
  return candidates;
}
