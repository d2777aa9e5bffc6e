import { dirname, resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import type { Credentials } from '../../pve/authentication/credentials.ts';
import { type Context, type ContextFile, contextNamed, readContexts } from '../contexts.ts';
import { displayHome, expandHome } from '../home.ts';
import type { NamedContext } from './families.ts';
import type { Family, SettingsIo } from './family.ts';
import { readTrust } from './named-trust.ts';
import { passwordCredentials } from './password.ts';
import { readTokenFile } from './setting-files.ts';

function familyOf(name: string, context: Context, path: string, io: SettingsIo): Family {
  const { env } = io;
  const folder = dirname(path);
  const { endpoints, token, tokenFile, username, ca, fingerprints, insecure, audit } = context;
  // Whole, so that an error names the file wherever the command runs.
  const pathOf = (written: string): string => resolve(folder, expandHome(written, env));
  const credentials = async (): Promise<Credentials> => {
    if (token !== undefined) return { type: 'token', token };
    if (tokenFile !== undefined) return { type: 'token', token: await readTokenFile(pathOf(tokenFile), folder) };
    const remedy =
      'Contexts hold no passwords. Use one with an API token, or set PVEVM_ENDPOINT, PVEVM_USERNAME and PVEVM_PASSWORD.';
    return passwordCredentials({ username: username ?? '', remedy }, io);
  };
  return {
    source: {
      family: 'context',
      label: `context ${name} (${displayHome(path, env)})`,
      names: Object.keys(context),
    },
    ...{ isPresent: true, missing: [], notes: [], context: name },
    ...(audit === undefined ? {} : { audit: pathOf(audit) }),
    open: async () => ({ endpoints, credentials: await credentials() }),
    trust: async () =>
      readTrust({
        ca: ca === undefined ? undefined : pathOf(ca),
        ...{ folder, fingerprints, insecure },
        names: { ca: 'ca', fingerprints: 'fingerprints', insecure: `insecure of context ${name}` },
      }),
  };
}

function absentFamily(label: string, missing: readonly string[], isPresent = false): Family {
  const unusable = async (): Promise<never> => {
    throw new PvevmError('CONFIG', `cannot use ${label}`);
  };
  return {
    source: { family: 'context', label, names: [] },
    ...{ isPresent, missing, notes: [] },
    open: unusable,
    trust: unusable,
  };
}

/** A context that somebody has named. Throws `CONFIG` where there is none of that name, or the file cannot be used. */
export async function contextFamily({ name, by }: NamedContext, io: SettingsIo): Promise<Family> {
  const file = await readContexts(io.env);
  return familyOf(name, contextNamed(file, name, by), file.path, io);
}

/** The current context; not there where none is current. Throws `CONFIG` where the file cannot be used. */
export async function currentContextFamily(io: SettingsIo): Promise<Family> {
  const file: ContextFile = await readContexts(io.env);
  const { current } = file;
  if (current === undefined) return absentFamily('the current context', ['a context that is current']);
  return familyOf(current, contextNamed(file, current, `current in ${displayHome(file.path, io.env)}`), file.path, io);
}

/** In place of a context that could not be read: it lacks what the error says. */
export function unreadableFamily(error: unknown): Family {
  if (!(error instanceof PvevmError)) throw error;
  return absentFamily('contexts', [error.message], true);
}

/** The names of the contexts that a person could choose; none where the file cannot be used. */
export async function choosableContexts(env: SettingsIo['env']): Promise<readonly string[]> {
  const file = await readContexts(env).catch(() => undefined);
  return [...(file?.contexts.keys() ?? [])];
}
