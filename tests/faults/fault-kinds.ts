import type { FaultRule } from '../../src/sandbox/index.ts';
import { FOR_EVER_MS, LOCK_TIME_MS } from './shared-clock.ts';

/** Which requests a fault can befall: each, those that start a task, or those to a guest. */
export type Reach = 'each' | 'task' | 'guest';

/** A way in which one request goes wrong: on its way, or at the server. */
export type Fault = { readonly name: string; readonly reach: Reach } & (
  | { readonly way: 'refused' | 'timeout-before' | 'timeout-after' }
  | { readonly way: 'rule'; readonly rule: FaultRule }
);

const rule = (name: string, reach: Reach, what: FaultRule): Fault => ({ name, reach, way: 'rule', rule: what });

/** The columns of the fault matrix. */
export const FAULTS: readonly Fault[] = [
  { name: 'refused', reach: 'each', way: 'refused' },
  rule('reset-before', 'each', { dropBefore: true }),
  rule('reset-after', 'each', { dropAfter: true }),
  { name: 'timeout-before', reach: 'each', way: 'timeout-before' },
  { name: 'timeout-after', reach: 'each', way: 'timeout-after' },
  rule('500', 'each', { status: 500, message: 'got no worker' }),
  rule('595', 'each', { status: 595 }),
  rule('596-before', 'each', { status: 596, message: 'Connection timed out' }),
  rule('596-after', 'each', { status: 596, message: 'Connection timed out', after: 'effect' }),
  rule('599-before', 'each', { status: 599, message: 'Too many redirections' }),
  rule('599-after', 'each', { status: 599, message: 'Too many redirections', after: 'effect' }),
  rule('task-fails', 'task', { taskError: 'command failed: exit code 1' }),
  rule('task-warns', 'task', { taskWarnings: ['the disk is nearly full'] }),
  rule('task-dies-before', 'task', { worker: 'dies-before' }),
  rule('task-dies-after', 'task', { worker: 'dies-after' }),
  rule('task-forgotten', 'task', { worker: 'is-forgotten' }),
  rule('lock-for-a-while', 'guest', { lock: 'backup', lockMs: LOCK_TIME_MS }),
  rule('lock-for-ever', 'guest', { lock: 'backup', lockMs: FOR_EVER_MS }),
];

/** Faults of a write that its own run gets over: sent again, or found done, or waited out. */
export const PASSING: ReadonlySet<string> = new Set([
  ...['refused', 'reset-before', 'reset-after', 'timeout-before', 'timeout-after', '595', '596-before', '596-after'],
  ...['599-before', '599-after', 'task-warns', 'task-dies-after', 'task-forgotten', 'lock-for-a-while'],
]);
