import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { ApplyEventBody, ErrorInfo } from '../../core/event.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import type { TaskWatch } from '../../pve/task-watch.ts';
import type { ApplyOptions } from '../apply.ts';
import type { GuestLooks } from '../recovery/guest-looks.ts';
import type { SecretSource } from '../step/placeholders.ts';
import type { Loads } from './loads.ts';

/** A guest that a run has created. */
export interface Created {
  readonly vmid: number;
  readonly node: string;
  /** As it was just after that: by this it is known again. Undefined where it could not be read. */
  readonly config: Pending | undefined;
}

/** What the parts of one run share. */
export interface Run {
  readonly options: ApplyOptions;
  readonly emit: (body: ApplyEventBody) => void;
  readonly counts: { done: number; failed: number; skipped: number };
  readonly errors: ErrorInfo[];
  readonly secrets: SecretSource;
  readonly loads: Loads;
  /** The looks at the guests of the cluster, which creates share. */
  readonly looks: GuestLooks;
  /** The tasks that are waited for at the same time. */
  readonly tasks: TaskWatch;
  /** The ids of the guests that the run has made or changed. */
  readonly vmids: Map<Address, number>;
  /** The guests that it has created, where they may have to be taken back. */
  readonly created: Map<Address, Created>;
  /** A text of the server without what it was sent in secret. */
  readonly clean: (text: string) => string;
  /** Aborted where nothing new is to begin. */
  readonly signal: AbortSignal | undefined;
  /** Why nothing new begins, in the words of what is skipped; undefined where somebody has interrupted it. */
  readonly whyStopped: () => string | undefined;
  /** Called when a write was done, or may have been. */
  readonly onWrite: () => void;
  /** Called when a step has failed. */
  readonly onFailure: (address: Address) => void;
}

/** A failure as events carry it. */
export function infoOf(error: unknown, clean: (text: string) => string): ErrorInfo {
  if (error instanceof PvevmError) {
    const parameters = Object.entries(error.parameters).map(([name, message]) => `${name}: ${message.trim()}`);
    return {
      code: error.code,
      message: clean(error.message),
      hints: error.hints.map(clean),
      details: [...parameters, ...error.details].map(clean),
    };
  }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? clean(error.message) : 'an unknown failure',
    hints: [],
    details: [],
  };
}
