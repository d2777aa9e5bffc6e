import { rename, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { redact } from '../../core/redact.ts';
import { toJsonText } from '../../report/json-text.ts';
import { cannotWrite, writeBeside } from '../files/write-beside.ts';
import { OUTPUT_FORMAT_VERSION } from '../output.ts';
import { anonymize, mapTexts } from './anonymize.ts';
import type { Diagnosis } from './diagnose.ts';

/** What of this machine belongs into a diagnostics file. */
export interface MachineFacts {
  readonly pvevm: string;
  readonly node: string;
  readonly platform: string;
}

function hostOf(endpoint: string): string {
  const text = /^[a-z]+:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  return URL.canParse(text) ? new URL(text).hostname.replace(/^\[|\]$/g, '') : endpoint;
}

/**
 * The text of a diagnostics file: JSON, in which names of somebody's own are placeholders (`host-1`, `user-1`, `~` for
 * the home folder), as `anonymize` says. Values of settings are not in a diagnosis, only names.
 */
export function bundleText(diagnosis: Diagnosis, machine: MachineFacts, home: string | undefined): string {
  const { report, candidates, cluster, endpoints, user, names } = diagnosis;
  const settings = candidates.map(({ source, state, missing }) => ({
    ...{ ...source, state },
    ...(state === 'incomplete' ? { missing } : {}),
  }));
  const { nodes = [], name, ...facts } = cluster;
  const found = {
    settings,
    ...{ cluster: { ...facts, nodeCount: nodes.length }, checks: report.checks, privileges: report.privileges },
  };
  // First, since the home folder may be named after a user.
  const homeless = mapTexts(found, (text) => {
    const clean = redact(text);
    return home === undefined || home === '/' ? clean : clean.replaceAll(home, '~');
  });
  const safe = anonymize(homeless, {
    hosts: [...endpoints.map(hostOf), ...nodes, ...names.hosts],
    users: user === undefined ? [] : [user],
    clusters: name === undefined ? [] : [name],
    authorities: names.authorities,
    contexts: candidates.flatMap(({ source }) => /^context (\S+) \(/.exec(source.label)?.[1] ?? []),
  }) as typeof found;
  return toJsonText({ formatVersion: OUTPUT_FORMAT_VERSION, machine, ...safe }, 2);
}

/**
 * Writes a diagnostics file that only its owner can read. Throws `CONSENT` where the file is there and may not be
 * replaced, and `CONFIG` where it cannot be written.
 */
export async function writeBundle(file: string, text: string, cwd: string, mayReplace: boolean): Promise<void> {
  const path = resolve(cwd, file);
  const exists = (await stat(path).catch(() => undefined)) !== undefined;
  if (exists && !mayReplace) {
    throw new PvevmError('CONSENT', `cannot write ${file}: there is a file of that name`, {
      hints: ['Take another name, or add --yes to replace it.'],
    });
  }
  try {
    // A file that is there may be open to others; what replaces it must not be, at no moment.
    await writeBeside(path, text, (temporary) => rename(temporary, path), 0o600);
  } catch (cause) {
    throw cannotWrite(`the diagnostics to ${file}`, cause);
  }
}
