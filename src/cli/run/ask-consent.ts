import type { Address } from '../../core/address.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { MissingConsent } from '../../engine/consent.ts';
import { formatConsent } from '../../report/plan/consent-text.ts';
import { confirm } from '../ask.ts';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';

// Heavier ones are the last thing that is read before the answer.
const WEIGHTS = ['restart', 'hard-stop', 'migrate', 'recreate', 'data-loss'];

function weightOf({ names }: MissingConsent): number {
  return Math.max(...names.map((name) => WEIGHTS.indexOf(name)));
}

const nameOf = (address: Address): string => address.slice(address.indexOf('/') + 1);

/**
 * Asks once for all that a plan does: shows the steps that were not allowed beforehand, the destructive ones last, and
 * takes `yes` for an answer; where data would go, the names of what loses it. Throws `CONSENT` where standard input is no
 * terminal.
 */
export async function askConsent(
  question: string,
  missing: readonly MissingConsent[],
  io: Io,
  output: Pick<Output, 'problem' | 'problemTheme'>,
): Promise<boolean> {
  if (missing.length === 0) return await confirm(question, io);
  const shown = [...missing].sort((left, right) => weightOf(left) - weightOf(right));
  output.problem(`\n${formatConsent(shown, output.problemTheme)}`);
  const losing = shown.filter(({ names }) => names.includes('data-loss'));
  const names = [...new Set(losing.map(({ address }) => nameOf(address)))];
  if (names.length === 0) return await confirm(question, io);
  const listed = sanitizeLine(names.join(' '));
  const what = names.length === 1 ? 'its name' : 'their names, in one line';
  return await confirm(`${question} Data of ${listed} is lost.`, io, { words: names, ask: `Type ${what}: ` });
}
