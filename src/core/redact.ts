import { sanitizeLine } from './sanitize.ts';

/** What stands in the place of a secret. */
export const REDACTED = '********';

/** The shortest text that is looked for anywhere; what is shorter would be found in the middle of words. */
const SHORTEST = 4;

// An API token's secret part, wherever a message repeats the token. It looks back from the secret, so that a long word
// takes no longer than its length.
const TOKEN = /(?<=[^\s=]@[^\s=!]+![^\s=]+=)[0-9a-fA-F-]{8,}/g;
const TICKET = /\bPVE:[^\s:]+:[0-9A-F]{8}::?[^\s"']+/g;

function encoded(secret: string): readonly string[] {
  try {
    const component = encodeURIComponent(secret);
    const form = new URLSearchParams([['', secret]]).toString().slice(1);
    const bytes = String.fromCharCode(...new TextEncoder().encode(secret));
    const forms = [component, encodeURI(secret), form, component.replaceAll('%20', '+')];
    const lower = forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
    return [...forms, ...lower, btoa(bytes).replace(/=+$/, '')];
  } catch {
    // Half a character, which has no encoding.
    return [];
  }
}

/**
 * The spellings in which a secret may come back, the longest first: as it is, encoded for a URL, a form, JSON, YAML, a
 * shell or in base64, as a terminal shows it, and each long line of it.
 */
export function spellingsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.trim().length >= 8);
  const quoted = [JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", "''"), secret.replaceAll("'", "'\\''")];
  const spellings = [secret, ...lines, ...quoted, sanitizeLine(secret), ...encoded(secret)];
  return [...new Set(spellings.filter((text) => text !== ''))].sort((left, right) => right.length - left.length);
}

// A run of many guests looks for each of its secrets in each line that it tells.
const MOST_KNOWN = 10_000;
const known = new Map<string, readonly string[]>();

function knownSpellingsOf(secret: string): readonly string[] {
  const before = known.get(secret);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const spellings = spellingsOf(secret);
  known.set(secret, spellings);
  return spellings;
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Text without a secret that is too short to be looked for inside words. */
function withoutShort(text: string, secret: string): string {
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escapePattern(secret)}(?![\\p{L}\\p{N}])`, 'gu'), REDACTED);
}

/**
 * Text without the given secrets, in whatever spelling, and without anything that looks like an API token's secret or a
 * ticket. A secret of less than four characters is looked for as a word of its own.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let result = text.replace(TOKEN, REDACTED).replace(TICKET, REDACTED);
  for (const secret of secrets) {
    if (secret === '') continue;
    if (secret.length < SHORTEST) result = withoutShort(result, secret);
    else for (const spelling of knownSpellingsOf(secret)) result = result.replaceAll(spelling, REDACTED);
  }
  return result;
}

/**
 * As `redact`, for text that is not known to speak of the secrets: the short ones stay, which words of any text might
 * hold.
 */
export function redactAnywhere(text: string, secrets: Iterable<string>): string {
  return redact(
    text,
    [...secrets].filter((secret) => secret.length >= SHORTEST),
  );
}
