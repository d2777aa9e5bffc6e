import { saysNoGuest } from './recovery/classify.ts';

const TRIES = 5;

/**
 * Makes a plan, and makes it anew where a guest that was listed is not there any more when it is read: somebody else has
 * removed or moved it in between. Throws what planning throws; that too where guests still go away at the fifth time.
 */
export async function planAgain<Made>(make: () => Promise<Made>): Promise<Made> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await make();
    } catch (error) {
      if (!saysNoGuest(error) || tried === TRIES) throw error;
    }
  }
}
