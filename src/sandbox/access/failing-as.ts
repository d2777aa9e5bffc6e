import { ApiError, failure } from '../api-error.ts';

/** Runs a change of the configuration; its failures get a text before their own (PVE/AccessControl.pm, lock_user_config). */
export function failingAs<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError && error.status === 500) throw failure(`${what}: ${error.message}`);
    throw error;
  }
}
