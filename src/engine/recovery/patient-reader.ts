import type { PveReader } from '../../pve/reader.ts';
import { classifyFailedWrite } from './classify.ts';
import type { Patience } from './patience.ts';

/** How long a server that does not answer is waited for: as long as a node takes to restart its services. */
export const SILENCE_MS = 120_000;

/** A reader that asks again while nobody answers, up to two minutes or the end of patience. */
export function createPatientReader(pve: PveReader, patience: Patience): PveReader {
  return {
    ...pve,
    get: async (path, options) => {
      const begun = patience.waitedMs;
      for (;;) {
        try {
          return await pve.get(path, options);
        } catch (error) {
          const failure = classifyFailedWrite(error);
          if (failure !== 'not-sent' && failure !== 'lost') throw error;
          if (!(await patience.pause('an answer of the server', begun + SILENCE_MS))) throw error;
        }
      }
    },
  };
}
