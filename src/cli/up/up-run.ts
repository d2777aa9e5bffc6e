import type { Address } from '../../core/address.ts';
import type { Connection } from '../connect.ts';
import type { CommandScope, PlanDocuments } from '../make-plan.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import type { SignalWatch } from './watch-signals.ts';

/** The options of `up`. */
export interface UpOptions extends RunCommandOptions {
  readonly keep?: boolean;
  readonly keepOnFailure?: boolean;
  readonly ttl?: string;
  /** Milliseconds; false: no time at all. */
  readonly wait?: number | false;
}

/** What one `up` is about. */
export interface Up {
  readonly documents: PlanDocuments;
  readonly command: readonly string[];
  readonly connection: Connection;
  readonly scope: CommandScope<UpOptions>;
  readonly signals: SignalWatch;
  /** The ids of the guests that it has created so far. */
  readonly created: Map<Address, number>;
}
