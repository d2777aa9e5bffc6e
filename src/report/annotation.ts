import { redact } from '../core/redact.ts';
import { sanitizeLine, sanitizeText } from '../core/sanitize.ts';

/** A finding that a CI system shows beside a line of a file. */
export interface Annotation {
  readonly severity: 'error' | 'warning';
  /** One line that says what it is. */
  readonly title: string;
  readonly message: string;
  /** The file, relative to the root of the repository, and the place in it, where it has one. */
  readonly place?: {
    readonly file: string;
    readonly line: number;
    readonly column?: number;
    /** How many characters of the line are meant. */
    readonly length?: number;
  };
}

// The runner of GitHub Actions takes these back (actions/runner: src/Runner.Common/ActionCommand.cs).
const DATA: Readonly<Record<string, string>> = { '%': '%25', '\r': '%0D', '\n': '%0A' };
const PROPERTY: Readonly<Record<string, string>> = { ...DATA, ':': '%3A', ',': '%2C' };

function escapeData(text: string): string {
  return text.replace(/[%\r\n]/g, (character) => DATA[character] ?? character);
}

function escapeProperty(text: string): string {
  return text.replace(/[%\r\n:,]/g, (character) => PROPERTY[character] ?? character);
}

/** A finding as the command by which GitHub Actions annotates a line, in one line whatever its texts hold. */
export function formatAnnotation(
  { severity, title, message, place }: Annotation,
  clean: (text: string) => string,
): string {
  // In the log, the runner shows a message behind ##[error]: others of that form would be taken for its own.
  const shown = (text: string): string => sanitizeText(redact(clean(text))).replaceAll('##[', '#\\x23[');
  const { file, line, column, length } = place ?? {};
  const properties = {
    ...(file === undefined ? {} : { file: sanitizeLine(file), line, endLine: line }),
    ...(column === undefined ? {} : { col: column }),
    ...(column === undefined || length === undefined ? {} : { endColumn: column + length }),
    title: sanitizeLine(shown(title)),
  };
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  // Without a message the runner shows nothing.
  return `::${severity} ${pairs.join(',')}::${escapeData(shown(message === '' ? title : message).trimEnd())}`;
}
