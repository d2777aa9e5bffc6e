import type { Address } from './address.ts';
import type { ErrorCode } from './error.ts';

/** A place in a file; lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A stretch of a file's text: where it begins, and how many characters it takes on that line. */
export interface Range extends Position {
  readonly length: number;
}

/**
 * A problem (or a note) about a document or a resource. Diagnostics are collected, never thrown one by one.
 * `summary` holds no user-chosen names; `detail` says what, why, and what to do, in whole sentences.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: ErrorCode;
  readonly summary: string;
  readonly detail: string;
  readonly range?: Range;
  readonly address?: Address;
  /** The JSON pointer of the value, as in `/disks/scsi0/size`. */
  readonly pointer?: string;
}

/** Whether any of these diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
