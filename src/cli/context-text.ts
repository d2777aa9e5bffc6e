import { sanitizeLine } from '../core/sanitize.ts';
import { columnWidth, pad } from '../report/table.ts';
import type { Context, ContextFile } from './contexts.ts';
import type { SettingsCandidate } from './settings/connection-settings.ts';
import type { NamedContext } from './settings/families.ts';

/** How a context signs in, without its secret. */
export function signInOf({ token, tokenFile, username }: Context): {
  readonly type: 'token' | 'password';
  readonly as: string;
} {
  // What has no "=" may be a secret alone.
  if (token !== undefined) return { type: 'token', as: /^([^\s=]+@[^\s=]+![^\s=]+)=/.exec(token)?.[1] ?? '' };
  if (tokenFile !== undefined) return { type: 'token', as: tokenFile };
  return { type: 'password', as: username ?? '' };
}

function signInText(context: Context): string {
  const { type, as } = signInOf(context);
  return type === 'token' ? `token ${as}`.trim() : `password of ${as}, asked for`;
}

/** How the server of a context is verified, in a word or two. */
export function serverCheckOf({ insecure, fingerprints, ca }: Context): string {
  if (insecure === true) return 'not verified';
  return fingerprints !== undefined ? 'fingerprint' : ca !== undefined ? 'CA file' : 'system CAs';
}

/** The contexts as a table, the current one with an asterisk; `effective` is the name of the one in effect. */
export function contextTable({ current, contexts }: ContextFile, effective: string | undefined): string {
  const rows = [
    ['NAME', 'ENDPOINT', 'SIGN-IN', 'SERVER'],
    ...[...contexts].map(([name, context]) => [
      ...[name, context.endpoints.join(', '), signInText(context), serverCheckOf(context)],
    ]),
  ].map((row) => row.map(sanitizeLine));
  const widths = rows[0]?.map((_title, column) =>
    columnWidth(
      rows.map((row) => row[column] ?? ''),
      60,
    ),
  );
  const names = [undefined, ...contexts.keys()];
  return rows
    .map((row, index) => {
      const name = names[index];
      const mark = name === undefined ? ' ' : name === current ? '*' : ' ';
      const note = name !== undefined && name === effective && name !== current ? '  (in effect)' : '';
      return `${mark} ${row.map((text, column) => pad(text, widths?.[column] ?? 0)).join('  ')}${note}`.trimEnd();
    })
    .join('\n');
}

/** Which settings are in effect, and why these. */
export function effectText(
  candidates: readonly SettingsCandidate[],
  file: ContextFile,
  named: NamedContext | undefined,
): string {
  const used = candidates.find(({ state }) => state === 'used');
  if (used === undefined) {
    const broken = candidates.find(({ source, state }) => source.family === 'context' && state === 'incomplete');
    if (broken !== undefined) return `No settings are in effect: ${broken.missing.join(', ')}.`;
    return file.contexts.size === 0
      ? 'There are no contexts. Run pvevm login to add one.'
      : 'No settings are in effect. Choose a context: pvevm context use NAME.';
  }
  const { family, label, names } = used.source;
  if (family === 'context') return `In effect: ${label}${named === undefined ? '' : `, named by ${named.by}`}`;
  return `In effect: ${label} (${names.join(', ')})${file.contexts.size === 0 ? '' : ', which come before the contexts'}`;
}
