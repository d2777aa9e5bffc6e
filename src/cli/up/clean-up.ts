import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { printError } from '../print-error.ts';
import { destroyCreated, removalOf } from './destroy-created.ts';
import type { Up } from './up-run.ts';

/** What tells the created guests from others that may have their ids later; nothing where that cannot be read. */
export async function incarnationsOf(up: Up): Promise<ReadonlyMap<Address, string | null>> {
  const { created, documents, connection, scope } = up;
  if (created.size === 0) return new Map();
  try {
    const { resources } = await removalOf(created, documents, connection, scope);
    return new Map(resources.map(({ address, incarnation }) => [address, incarnation]));
  } catch (error) {
    if (error instanceof PvevmError) return new Map();
    throw error;
  }
}

/**
 * Destroys what a run has created, unless it is to be kept, and gives the exit code of that back. Of signals only the
 * second one ends it.
 */
export async function cleanUp(
  up: Up,
  incarnations: ReadonlyMap<Address, string | null>,
  failed: boolean,
): Promise<number> {
  const { created, scope, signals, documents, connection } = up;
  const { options, io, output } = scope;
  if (created.size === 0) return EXIT_CODES.ok;
  const names = [...created].map(([address, vmid]) => `${address} (${vmid})`).join(', ');
  if (options.keep === true || (failed && options.keepOnFailure === true)) {
    output.message(`\nKept: ${names}. pvevm destroy removes them now, pvevm reap when their time is over.`);
    return EXIT_CODES.ok;
  }
  let isTold = false;
  signals.handle((signal) => {
    // A terminal that was closed insists on nothing.
    if (isTold && signal !== 'SIGHUP') io.signals?.obey(signal);
    isTold = true;
    output.problem(
      '\nWhat this run has created is being destroyed. Once more leaves at once, and pvevm reap does it later.',
    );
  });
  try {
    return await destroyCreated({ vmids: created, incarnations }, documents, connection, scope);
  } catch (error) {
    output.problem(`Not destroyed: ${names}. pvevm destroy removes them, pvevm reap when their time is over.`);
    return printError(error, io, options);
  }
}
