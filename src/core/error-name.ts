import type { ErrorCode } from './error.ts';

/** What people call an error code, and may ask `explain` about: `PVEVM-SPEC-INVALID` for `SPEC_INVALID`. */
export function errorName(code: ErrorCode): string {
  return `PVEVM-${code.replaceAll('_', '-')}`;
}
