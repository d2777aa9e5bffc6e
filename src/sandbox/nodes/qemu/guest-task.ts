import type { Call } from '../../host.ts';
import { type GuestScope, scopeOf } from './guest.ts';

/** What is special about a task. */
export interface GuestTaskOptions {
  /** The guest's id unless given. */
  readonly id?: string;
  /** What is done before the task takes its time. */
  begin?(scope: GuestScope): void;
}

/** Starts a task on the guest of the path, as most calls that change a guest do, and returns its UPID. */
export function guestTask(
  call: Call,
  type: string,
  run: (scope: GuestScope) => void | Promise<void>,
  { id = String(call.params['vmid']), begin }: GuestTaskOptions = {},
): string {
  const scope = scopeOf(call);
  return call.host.tasks.start({
    node: scope.node,
    type,
    id,
    user: scope.user,
    ...(begin === undefined ? {} : { begin: (task) => begin({ ...scope, log: (line) => task.log(line) }) }),
    run: (task) => run({ ...scope, log: (line) => task.log(line) }),
  });
}
