import type { Call } from '../../host.ts';
import { type GuestScope, scopeOf } from './guest.ts';

/** Starts a task on the guest of the path, as most calls that change a guest do, and returns its UPID. */
export function guestTask(
  call: Call,
  type: string,
  run: (scope: GuestScope) => void | Promise<void>,
  id: string = String(call.params['vmid']),
): string {
  const scope = scopeOf(call);
  return call.host.tasks.start({
    node: scope.node,
    type,
    id,
    user: scope.user,
    run: (task) => run({ ...scope, log: (line) => task.log(line) }),
  });
}
