import type { Address } from './address.ts';
import type { ErrorCode } from './error.ts';

/** The version of the event stream's JSON form. */
export const EVENT_FORMAT_VERSION = '1.0';

/** What became of a step or a resource. */
export type StepOutcome = 'ok' | 'failed' | 'skipped';

/** Which step an event speaks of; `index` counts from 1 within the resource. */
export interface StepRef {
  readonly resource: Address;
  readonly step: string;
  readonly title: string;
  readonly index: number;
  readonly of: number;
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
  | ({ readonly type: 'step.progress'; readonly runningMs: number; readonly line?: string } & StepRef)
  | ({
      readonly type: 'step.finished';
      readonly outcome: StepOutcome;
      readonly durationMs: number;
      readonly warnings: readonly string[];
      readonly error?: ErrorInfo;
      /** Why it was skipped, where that is another resource's doing: `image/debian-13 failed`. */
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
      readonly type: 'run.finished';
      readonly outcome: 'ok' | 'failed' | 'cancelled';
      readonly counts: Counts;
      readonly wrote: boolean;
    };

/** Every `step.started` is followed by exactly one `step.finished`; a step never reached is finished as `skipped`. */
export type ApplyEvent = Stamp & ApplyEventBody;
