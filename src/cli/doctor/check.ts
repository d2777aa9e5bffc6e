import { PvevmError } from '../../core/error.ts';
import type { DoctorCheck } from '../../report/doctor-text.ts';

/** The check that a failure makes: a problem, with the failure's own words. Throws on what pvevm does not understand. */
export function failedCheck(name: string, error: unknown): DoctorCheck {
  if (!(error instanceof PvevmError)) throw error;
  const { code, message, details, hints } = error;
  return { name, state: 'problem', summary: message, details, remedies: hints, code };
}

/** Checks that cannot run, and why. */
export function skippedChecks(names: readonly string[], reason: string): readonly DoctorCheck[] {
  return names.map((name) => ({ name, state: 'skipped', summary: reason }));
}

/** Runs a check; one that is refused (403) is skipped with the refusal's words, and other failures are problems. */
export async function runCheck(name: string, check: () => Promise<DoctorCheck>): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof PvevmError) || error.code !== 'PERMISSION') return failedCheck(name, error);
    return { name, state: 'skipped', summary: error.message };
  }
}
