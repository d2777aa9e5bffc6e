import { createHash } from 'node:crypto';
import type { Diagnostic } from '../core/diagnostic.ts';
import { errorName } from '../core/error-name.ts';
import { redact } from '../core/redact.ts';
import { sanitizeLine, sanitizeText } from '../core/sanitize.ts';

/** One finding in the form of GitLab's code quality report. */
export interface CodeQualityIssue {
  readonly description: string;
  readonly check_name: string;
  /** What tells it from the others: the same for the same finding, wherever in its file it stands. */
  readonly fingerprint: string;
  readonly severity: 'info' | 'minor' | 'major';
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

const EVERYWHERE = { file: '.', line: 1 };

const SEVERITIES = { error: 'major', warning: 'minor', note: 'info' } as const;

/**
 * Diagnostics in the form of GitLab's code quality report, which shows each on its line of a merge request; what speaks of
 * no file is one of the whole folder. `inRepository` names a file as the repository does.
 */
export function toCodeQuality(
  diagnostics: readonly Diagnostic[],
  inRepository: (file: string) => string,
): readonly CodeQualityIssue[] {
  const seen = new Map<string, number>();
  return diagnostics.map(({ severity, code, summary, detail, range, address, pointer }) => {
    const { file, line } = range ?? EVERYWHERE;
    const said = JSON.stringify([code, summary, detail, file, address, pointer]);
    const before = seen.get(said) ?? 0;
    seen.set(said, before + 1);
    return {
      description: sanitizeText(redact(`${summary}: ${detail}`)),
      check_name: errorName(code),
      fingerprint: createHash('sha256').update(`${said}${before}`).digest('hex'),
      severity: SEVERITIES[severity],
      location: { path: sanitizeLine(inRepository(file)), lines: { begin: line } },
    };
  });
}
