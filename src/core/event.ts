import type { Address } from './address.ts';
import type { ErrorCode } from './error.ts';
import type { ResourcePlan } from './plan.ts';

/** The version of the event stream's JSON form. */
export const EVENT_FORMAT_VERSION = '1.0';

/** What became of a step or a resource. */
export type StepOutcome = 'ok' | 'failed' | 'skipped';

/** How a step ends: `replanned` where its guest was planned anew before it, and later steps have its place. */
export type StepEnd = StepOutcome | 'replanned';

/** What became of something that a failed run has made, and was to take back; what it has downloaded is kept. */
export type RollbackOutcome = 'destroyed' | 'left' | 'kept';

/** Which step an event speaks of; `index` counts from 1 within the resource. */
export interface StepRef {
  readonly resource: Address;
  readonly step: string;
  readonly title: string;
  readonly index: number;
  readonly of: number;
  /** Whether it takes back what the run has made; such steps are none of the plan, and are not counted. */
  readonly rollback?: true;
}

/** An error as events and JSON output carry it. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly string[];
  readonly details: readonly string[];
}

/** How many steps came to what. */
export interface Counts {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Every event has a number that grows by one, and its time in milliseconds since the run began. */
export interface Stamp {
  readonly seq: number;
  readonly elapsedMs: number;
}

/** What happened, without its stamp. */
export type ApplyEventBody =
  | {
      readonly type: 'run.started';
      readonly formatVersion: typeof EVENT_FORMAT_VERSION;
      readonly resources: number;
      readonly steps: number;
    }
  | ({ readonly type: 'step.started' } & StepRef)
  | ({
      readonly type: 'step.progress';
      readonly runningMs: number;
      readonly line?: string;
      /** What the step waits for before it can go on, as in `lock backup of guest 104`. */
      readonly waitingFor?: string;
    } & StepRef)
  | ({
      readonly type: 'step.finished';
      readonly outcome: StepEnd;
      readonly durationMs: number;
      readonly warnings: readonly string[];
      readonly error?: ErrorInfo;
      /** Why it was skipped, where that is not an earlier step's doing: `image/debian-13 failed`. */
      readonly reason?: string;
    } & StepRef)
  | {
      readonly type: 'resource.finished';
      readonly resource: Address;
      readonly outcome: StepOutcome;
      readonly node: string;
      /** Null for what is no guest. */
      readonly vmid: number | null;
      readonly created: boolean;
      /** Why none of its steps was begun, as in `image/debian-13 failed`. */
      readonly reason?: string;
    }
  | {
      /** Somebody else changed what the plan rests on; this is what is done with the resource from here on. */
      readonly type: 'resource.replanned';
      readonly resource: Address;
      /** What was otherwise than planned. */
      readonly reason: string;
      /** Its steps go on counting where those of the first plan end. */
      readonly plan: ResourcePlan;
    }
  | {
      /** After a failure: what the run has made is taken back, by these plans. */
      readonly type: 'rollback.started';
      readonly resources: readonly ResourcePlan[];
    }
  | {
      readonly type: 'resource.rolledBack';
      readonly resource: Address;
      readonly outcome: RollbackOutcome;
      readonly node: string;
      /** Null for what is no guest. */
      readonly vmid: number | null;
      /** What it is known by where it is no guest: the volume id of an image. */
      readonly identity?: string;
      /** Why it is left. */
      readonly reason?: string;
    }
  | {
      readonly type: 'run.finished';
      readonly outcome: 'ok' | 'failed' | 'cancelled';
      readonly counts: Counts;
      readonly wrote: boolean;
      /** Where a second signal has ended the run at once: the UPIDs of the tasks that go on. */
      readonly tasks?: readonly string[];
    };

/**
 * Every `step.started` is followed by exactly one `step.finished`; a step never reached is finished as `skipped`, or as
 * `replanned`.
 */
export type ApplyEvent = Stamp & ApplyEventBody;
