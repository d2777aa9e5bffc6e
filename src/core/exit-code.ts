import type { ErrorCode } from './error.ts';

/** The exit codes of every command, by their names in JSON output. */
export const EXIT_CODES = {
  ok: 0,
  error: 1,
  changes: 2,
  invalid: 3,
  consent: 4,
  access: 5,
  unreachable: 6,
  conflict: 7,
  partial: 8,
  missing: 9,
  interrupted: 130,
  terminated: 143,
} as const;

/** The name of an exit code. */
export type ExitName = keyof typeof EXIT_CODES;

const NAME_OF_CODE: Readonly<Record<ErrorCode, ExitName>> = {
  USAGE: 'invalid',
  SPEC_FILE: 'invalid',
  SPEC_SYNTAX: 'invalid',
  SPEC_INVALID: 'invalid',
  SPEC_DUPLICATE: 'invalid',
  CONFIG: 'invalid',
  AUTHENTICATION: 'access',
  PERMISSION: 'access',
  CONNECT: 'unreachable',
  TLS: 'unreachable',
  TIMEOUT: 'unreachable',
  FOREIGN_GUEST: 'conflict',
  IDENTITY: 'conflict',
  ID_TAKEN: 'conflict',
  STALE: 'conflict',
  LOCKED: 'conflict',
  BUSY: 'conflict',
  STUB: 'conflict',
  SANDBOX_BUSY: 'conflict',
  MISSING: 'missing',
  CONSENT: 'consent',
  IMPOSSIBLE: 'error',
  PVE_PARAMETER: 'error',
  PVE_NOT_FOUND: 'error',
  PVE_ERROR: 'error',
  TASK_FAILED: 'error',
  UNKNOWN_OUTCOME: 'unreachable',
  INTERRUPTED: 'interrupted',
  AUDIT: 'error',
  OUTPUT: 'error',
  INTERNAL: 'error',
};

/** Where several apply before a write, the first of these wins. */
const PRECEDENCE: readonly ExitName[] = ['invalid', 'access', 'unreachable', 'conflict', 'missing', 'consent', 'error'];

/** The exit code's name for an error code. */
export function exitNameOf(code: ErrorCode): ExitName {
  return NAME_OF_CODE[code];
}

/** The exit code's name for several error codes that apply before a write; `ok` for none. */
export function exitNameOfAll(codes: Iterable<ErrorCode>): ExitName {
  const names = new Set([...codes].map(exitNameOf));
  return PRECEDENCE.find((name) => names.has(name)) ?? [...names][0] ?? 'ok';
}
