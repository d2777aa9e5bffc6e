/** A text as one word of a POSIX shell, whatever it holds. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Variables as lines that a POSIX shell may `eval`: `export NAME='value'`, and `unset NAME` for those that have no value,
 * so that an older one does not stay. A value with a control character counts as none.
 */
export function formatShell(variables: ReadonlyMap<string, string | undefined>): string {
  const lines = [...variables].map(([name, value]) =>
    value === undefined || /\p{Cc}/u.test(value) ? `unset ${name}` : `export ${name}=${shellWord(value)}`,
  );
  return lines.map((line) => `${line}\n`).join('');
}
