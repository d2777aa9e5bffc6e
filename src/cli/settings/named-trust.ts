import { PvevmError } from '../../core/error.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import type { NamedTrust } from './family.ts';
import { readAuthorities } from './setting-files.ts';

/** The settings about trust of one source. */
export interface TrustSettings {
  /** A PEM file; a relative path begins at the folder. */
  readonly ca?: string | undefined;
  readonly folder: string;
  readonly fingerprints?: readonly string[] | undefined;
  readonly insecure?: boolean | undefined;
  /** What these settings are called in their source, for errors. */
  readonly names: { readonly ca?: string; readonly fingerprints?: string; readonly insecure: string };
}

/** Reads the settings about trust of one source. Throws `CONFIG` where they contradict each other. */
export async function readTrust(settings: TrustSettings): Promise<NamedTrust> {
  const { ca, folder, fingerprints = [], insecure = false, names } = settings;
  if (insecure && (ca !== undefined || fingerprints.length > 0)) {
    const contradicted = (ca === undefined ? names.fingerprints : names.ca) ?? 'the rest';
    throw new PvevmError('CONFIG', 'cannot both verify the server and not verify it', {
      hints: [`Leave out ${names.insecure}, or what it contradicts: ${contradicted}.`],
    });
  }
  const text = ca === undefined ? undefined : await readAuthorities(ca, folder);
  return {
    trust: {
      ...(text === undefined ? {} : { ca: text }),
      ...(fingerprints.length === 0 ? {} : { fingerprints }),
      ...(insecure ? { insecure } : {}),
    },
    ...(insecure ? { insecureBy: names.insecure } : {}),
  };
}

/** The names of the trust flags that are given. */
export function trustFlags({ ca, fingerprint, insecure }: ConnectionOptions): readonly string[] {
  return [
    ...(ca === undefined ? [] : ['--ca']),
    ...(fingerprint === undefined ? [] : ['--fingerprint']),
    ...(insecure === true ? ['--insecure'] : []),
  ];
}

/**
 * What the flags say about trust; undefined where they say nothing. They replace the trust of any source whole: what
 * was meant to be stricter must not become laxer.
 */
export async function trustOfFlags(options: ConnectionOptions, folder: string): Promise<NamedTrust | undefined> {
  if (trustFlags(options).length === 0) return undefined;
  const { ca, fingerprint, insecure } = options;
  const names = { ca: '--ca', fingerprints: '--fingerprint', insecure: '--insecure' };
  return readTrust({ ca, folder, fingerprints: fingerprint, insecure, names });
}
