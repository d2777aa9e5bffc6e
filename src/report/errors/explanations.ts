import type { ErrorCode } from '../../core/error.ts';
import { CARRYING_OUT_ERRORS } from './carrying-out.ts';
import { CONFLICT_ERRORS } from './conflicts.ts';
import { CONNECTION_ERRORS } from './connection.ts';
import type { ErrorExplanation } from './explanation.ts';
import { INPUT_ERRORS } from './input.ts';

/** What every error code means. */
export const EXPLANATIONS: Readonly<Record<ErrorCode, ErrorExplanation>> = {
  ...INPUT_ERRORS,
  ...CONNECTION_ERRORS,
  ...CONFLICT_ERRORS,
  ...CARRYING_OUT_ERRORS,
};

/** Every error code, in the order of the index. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(EXPLANATIONS) as ErrorCode[];
