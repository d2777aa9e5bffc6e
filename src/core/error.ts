/** What went wrong, for programs. Each code belongs to one exit code (`exit-code.ts`). */
export type ErrorCode =
  // the documents, the command line, the configuration: nothing was contacted
  | 'USAGE'
  | 'SPEC_FILE'
  | 'SPEC_SYNTAX'
  | 'SPEC_INVALID'
  | 'SPEC_DUPLICATE'
  | 'CONFIG'
  // access
  | 'AUTHENTICATION'
  | 'PERMISSION'
  // no connection
  | 'CONNECT'
  | 'TLS'
  | 'TIMEOUT'
  // somebody else's guest, or somebody else's change
  | 'FOREIGN_GUEST'
  | 'IDENTITY'
  | 'ID_TAKEN'
  | 'STALE'
  | 'LOCKED'
  // a lock of a file, a storage or the cluster that another task held for too long; nothing was done
  | 'BUSY'
  | 'STUB'
  | 'SANDBOX_BUSY'
  // what a spec names does not exist
  | 'MISSING'
  // the plan needs an effect that was not allowed
  | 'CONSENT'
  // the plan asks what Proxmox VE cannot do
  | 'IMPOSSIBLE'
  // an answer of the server
  | 'PVE_PARAMETER'
  | 'PVE_NOT_FOUND'
  | 'PVE_ERROR'
  | 'TASK_FAILED'
  // a write whose answer was lost, and of which nobody can tell whether it was carried out
  | 'UNKNOWN_OUTCOME'
  | 'INTERRUPTED'
  // the audit log cannot be written, so that nothing may be done
  | 'AUDIT'
  // standard output cannot be written: what was asked for may have been done
  | 'OUTPUT'
  | 'INTERNAL';

/** What an error can carry besides its message. */
export interface PvevmErrorOptions {
  readonly cause?: unknown;
  /** Imperative sentences, best first: what the user can do. */
  readonly hints?: readonly string[];
  /** Lines that show the failure, such as the end of a task's log. */
  readonly details?: readonly string[];
  /** The HTTP status of the server's answer, where there was one. */
  readonly status?: number;
  /** Proxmox VE's message for each refused parameter. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The task that failed, where there was one. */
  readonly upid?: string;
}

/**
 * A failure that pvevm understands. Told apart by `code`; the message says what was tried and why it failed, without
 * a full stop; `hints` say what to do.
 */
export class PvevmError extends Error {
  override readonly name = 'PvevmError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly details: readonly string[];
  readonly status: number | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly upid: string | undefined;

  constructor(code: ErrorCode, message: string, options: PvevmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hints = options.hints ?? [];
    this.details = options.details ?? [];
    this.status = options.status;
    this.parameters = options.parameters ?? {};
    this.upid = options.upid;
  }
}
