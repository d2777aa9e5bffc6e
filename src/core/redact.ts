/** What stands in the place of a secret. */
const REDACTED = '********';

// An API token's secret part, wherever a message repeats the token.
const TOKEN = /([^\s=]+@[^\s=!]+![^\s=]+=)[0-9a-fA-F-]{8,}/g;
const TICKET = /\bPVE:[^\s:]+:[0-9A-F]{8}::?[^\s"']+/g;

/** Text without the given secrets, and without anything that looks like an API token's secret or a ticket. */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let result = text.replace(TOKEN, `$1${REDACTED}`).replace(TICKET, REDACTED);
  for (const secret of secrets) if (secret.length >= 4) result = result.replaceAll(secret, REDACTED);
  return result;
}
