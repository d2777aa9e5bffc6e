import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { MissingConsent } from '../../engine/consent.ts';
import { columnWidth, pad } from '../table.ts';
import type { Theme } from '../theme.ts';

const clean = (text: string): string => sanitizeLine(redact(text));

/**
 * What a plan needs a person's word for, a line each, in the order given: whose step, what it does, and the name of the
 * effect as `--allow` has it; below it what goes by the step and its title does not name.
 */
export function formatConsent(missing: readonly MissingConsent[], theme: Theme): string {
  const width = columnWidth(
    missing.map(({ address }) => clean(address)),
    40,
  );
  const lines = missing.flatMap(({ address, title, names, removes }) => {
    const needed = theme.warning(`(${names.join(', ')})`);
    const unnamed = removes.filter((name) => !title.includes(name));
    return [
      `  ${pad(clean(address), width)}   ${clean(title)} ${needed}`,
      ...unnamed.map((name) => `  ${' '.repeat(width)}     ${theme.removed(clean(name))}`),
    ];
  });
  return ['This needs your consent:', ...lines].join('\n');
}
