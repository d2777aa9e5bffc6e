import type { ColorChoice } from './global-options.ts';
import type { Io, OutputStream } from './io.ts';

/**
 * Whether a stream gets colour: `--color`, then `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`, then whether it is a terminal.
 * The variables count when they are set and not empty; `FORCE_COLOR=0` forbids it.
 */
export function wantsColor(choice: ColorChoice | undefined, stream: OutputStream, env: Io['env']): boolean {
  if (choice === 'always') return true;
  if (choice === 'never') return false;
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return env['TERM'] !== 'dumb' && stream.isTTY === true;
}
