import { PvevmError } from '../../core/error.ts';
import type { NamedContext } from './families.ts';
import type { Family } from './family.ts';

const ENDPOINT_WAYS = 'Give the endpoint: --endpoint https://pve1:8006, or PVEVM_ENDPOINT in the environment.';
const TOKEN_WAYS =
  'Give an API token (user@realm!name=uuid): --token-file FILE, or PVEVM_TOKEN or PVEVM_TOKEN_FILE in the environment; or a user, with PVEVM_USERNAME and PVEVM_PASSWORD.';
const NEVER_MIXED =
  'Settings of different sources are never mixed: flags are completed by PVEVM_* variables only, not by contexts or the variables of other tools.';
const LOGIN_WAY = 'Or set up a context: pvevm login.';
const SANDBOX_WAY = 'To try pvevm without a Proxmox VE server, add --sandbox.';

/** What a source lacks, in a form in which names of several ways can stand: `they lack A, or B and C`. */
const lackOf = ({ missing, source }: Family): string =>
  `they lack ${missing.join('; and ')} (set: ${source.names.join(', ')})`;

/** What to say of the sources that were passed over although something of them is set. */
export function skippedNotes(skipped: readonly Family[]): readonly string[] {
  return skipped
    .filter(({ isPresent }) => isPresent)
    .flatMap((family) => [`${family.source.label} are not used: ${lackOf(family)}`, ...family.notes]);
}

/** What to say where variables come before the context that a variable or the project file names. */
export function outrankedContext(used: Family, named: NamedContext | undefined): readonly string[] {
  if (named === undefined || used.source.family !== 'PVEVM') return [];
  return [`context ${named.name} (${named.by}) is not used: ${used.source.label} come before it`];
}

function isMissing(family: Family | undefined, what: 'endpoint' | 'credentials'): boolean {
  return family?.missing.some((name) => /ENDPOINT/.test(name) === (what === 'endpoint')) ?? true;
}

/** The error of a run for which no source is complete: what each one lacks, and every way to give it. */
export function nothingComplete(seen: readonly Family[], contexts: readonly string[]): PvevmError {
  const flags = seen.find(({ source, isPresent }) => source.family === 'flags' && isPresent);
  const own = flags ?? seen.find(({ source }) => source.family === 'PVEVM');
  const others = seen.filter((family) => family.isPresent && family !== own);
  const endpoint = isMissing(own, 'endpoint');
  const credentials = isMissing(own, 'credentials');
  const missing = [...(endpoint ? ['endpoint'] : []), ...(credentials ? ['API token'] : [])].join(' and no ');
  const given =
    flags === undefined
      ? ''
      : `${flags.source.label.replace(/^the flags? /, '')} ${/ and /.test(flags.source.label) ? 'are' : 'is'} given, but `;
  const message =
    others.length > 0 && own?.isPresent !== true
      ? 'cannot connect: no source of settings is complete'
      : `cannot connect: ${given}no ${missing}${given === '' ? ' is given' : ''}`;
  return new PvevmError('CONFIG', message, {
    details: others.flatMap((family) => [`${family.source.label}: ${lackOf(family)}`, ...family.notes]),
    hints: [
      ...(endpoint ? [ENDPOINT_WAYS] : []),
      ...(credentials ? [TOKEN_WAYS] : []),
      ...(flags === undefined ? [] : [NEVER_MIXED]),
      ...(flags === undefined && contexts.length > 0
        ? [`Or use a context (${contexts.join(', ')}): --context NAME, or once and for all: pvevm context use NAME.`]
        : [LOGIN_WAY]),
      SANDBOX_WAY,
    ],
  });
}
