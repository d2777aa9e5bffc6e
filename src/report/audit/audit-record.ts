import type { Address } from '../../core/address.ts';
import type { ErrorCode } from '../../core/error.ts';
import type { ApplyEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';

/** The version of the audit log's form; its first number changes when a reader of it could break. */
export const AUDIT_FORMAT_VERSION = '1.0';

/** Who did something to which cluster, and with what. */
export interface AuditOpening {
  readonly type: 'run.opened';
  /** As in `apply`. */
  readonly command: string;
  /** The version of pvevm. */
  readonly pvevm: string;
  /** What it is connected to: the URL of the API, or the sandbox and its folder. */
  readonly endpoint: string;
  readonly cluster: { readonly name: string | null; readonly version: string };
  readonly stack: string | null;
  /** The user of the API, or the name of its token. */
  readonly user: string;
  readonly localUser: string;
  readonly host: string;
  /** What a CI system says of its job, by the names of its variables. */
  readonly ci: Readonly<Record<string, string>>;
  /** The effects that were allowed beforehand. */
  readonly allowed: readonly string[];
  /** The files of the documents, each with a SHA-256 of what they come to. */
  readonly documents: readonly { readonly file: string; readonly sha256: string }[];
  /** The SHA-256 of the plan. */
  readonly plan: string;
}

/** Which step a request belongs to; `number` counts the requests of the run from 1. */
interface OfRequest {
  readonly number: number;
  readonly resource: Address;
  readonly step: string;
}

/** What one record says. */
export type AuditBody =
  | AuditOpening
  | { readonly type: 'event'; readonly event: ApplyEvent }
  | ({
      readonly type: 'request';
      readonly method: 'POST' | 'PUT' | 'DELETE';
      readonly path: string;
      /** As sent, with secrets masked. */
      readonly params: JsonObject;
    } & OfRequest)
  | ({
      readonly type: 'answer';
      readonly outcome: 'ok' | 'failed';
      /** The task that it started. */
      readonly upid?: string;
      readonly error?: {
        readonly code: ErrorCode;
        readonly message: string;
        /** The HTTP status; absent where no answer came. */
        readonly status?: number;
      };
    } & OfRequest)
  /** A line that was not written whole: its number, its bytes, and their SHA-256. */
  | { readonly type: 'torn'; readonly line: number; readonly bytes: number; readonly lineSha256: string };

/** Where and when a record was written. */
export interface AuditStamp {
  readonly formatVersion: typeof AUDIT_FORMAT_VERSION;
  /** The number of its line, unless another run wrote at the same moment: one more than the lines that its writer saw. */
  readonly seq: number;
  /** The head of the log before it; 64 zeros in the first line. */
  readonly previous: string;
  /** By the clock of the machine, in UTC. */
  readonly time: string;
  /** By the clock of the server, as it was with its last answer. */
  readonly serverTime?: string;
  /** One id for all records of a run. */
  readonly run: string;
}

/** What a record says, and when; its place in the log is that at which it is written. */
export type AuditEntry = Pick<AuditStamp, 'time' | 'serverTime' | 'run'> & AuditBody;

/** One line of an audit log. */
export type AuditRecord = AuditStamp & AuditBody & { readonly sha256: string };
