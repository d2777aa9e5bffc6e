import type { GlobalOptions } from '../global-options.ts';

/** The options of `login`. */
export interface LoginOptions extends GlobalOptions {
  /** The name of the context to write. */
  readonly context?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly tokenName?: string;
  readonly privsep?: boolean;
  readonly ca?: string;
  readonly fingerprint?: readonly string[];
  readonly insecure?: boolean;
  readonly use?: boolean;
  readonly yes?: boolean;
}
