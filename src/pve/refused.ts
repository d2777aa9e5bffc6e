import { PvevmError } from '../core/error.ts';

/** What a read gives, or something else where the token may not read it (403). Throws everything but that refusal. */
export async function unlessRefused<Answer, Other>(read: Promise<Answer>, otherwise: Other): Promise<Answer | Other> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof PvevmError && error.code === 'PERMISSION') return otherwise;
    throw error;
  }
}
