import type { Json } from '../core/json.ts';

/** Parameters of a request; `undefined` is left out. */
export type Params = Readonly<Record<string, Json | undefined>>;

/** What a read may carry. `path` fills the `{…}` of the path, percent-encoded. */
export interface ReadOptions {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Params;
  readonly signal?: AbortSignal;
}

/** What a write may carry. The body is sent as JSON; `delete` sends its parameters in the query. */
export interface WriteOptions {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly params?: Params;
  readonly signal?: AbortSignal;
}

/** A view of the API that can only read: all that planning gets. Answers are the `data` of the response, unchecked. */
export interface PveReader {
  /** Reads a path below `/api2/json`; throws `PvevmError`. */
  get(path: string, options?: ReadOptions): Promise<unknown>;
  /**
   * The date of the last answer by the server's own clock, in milliseconds since the epoch and full seconds; undefined
   * before the first one. Every answer has it, whatever the token may do (pve-http-server: PVE/APIServer/AnyEvent.pm).
   */
  answeredAt?(): number | undefined;
}

/** The whole API. A write returns the `data` of the response: often a task's UPID, or null. */
export interface PveClient extends PveReader {
  /** The endpoint that answers, as in `https://pve1:8006`. */
  readonly endpoint: string;
  /** Who sends the requests: `user@realm!token`. */
  readonly user: string;
  post(path: string, options?: WriteOptions): Promise<unknown>;
  put(path: string, options?: WriteOptions): Promise<unknown>;
  delete(path: string, options?: WriteOptions): Promise<unknown>;
  /** Closes the connections. */
  close(): Promise<void>;
}
