import type { Json } from '../../../core/json.ts';
import { failure } from '../../api-error.ts';
import type { Call, Endpoint } from '../../host.ts';
import { agentAnswer } from './agent-answers.ts';
import { type GuestScope, isRunning, loadDraft, scopeOf } from './guest.ts';
import { powerTask } from './power.ts';
import { isAgentEnabled } from './status-current.ts';

const BASE = '/nodes/{node}/qemu/{vmid}/agent';

const READS = [
  ...['get-fsinfo', 'get-host-name', 'get-memory-block-info', 'get-memory-blocks', 'get-osinfo', 'get-time'],
  ...['get-timezone', 'get-users', 'get-vcpus', 'info', 'network-get-interfaces'],
];
const WRITES = [
  ...['fsfreeze-freeze', 'fsfreeze-status', 'fsfreeze-thaw', 'fstrim', 'ping'],
  ...['shutdown', 'suspend-disk', 'suspend-hybrid', 'suspend-ram'],
];
/** Commands that have parameters of their own. */
const SPECIAL = ['exec', 'exec-status', 'file-read', 'file-write', 'set-user-password'];

/** The calls to the agent in a guest; it answers where the guest runs and its `agent` is on (PVE/API2/Qemu/Agent.pm). */
export const agentEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: BASE, handle: () => [...READS, ...WRITES, ...SPECIAL].sort().map((name) => ({ name })) },
  { method: 'POST', path: BASE, handle: (call) => command(call, String(call.params['command'])) },
  ...READS.map((name): Endpoint => ({ method: 'GET', path: `${BASE}/${name}`, handle: (call) => command(call, name) })),
  ...WRITES.map(
    (name): Endpoint => ({ method: 'POST', path: `${BASE}/${name}`, handle: (call) => command(call, name) }),
  ),
  { method: 'POST', path: `${BASE}/exec`, handle: (call) => checked(call, () => ({ pid: 100 })) },
  {
    method: 'GET',
    path: `${BASE}/exec-status`,
    handle: (call) => checked(call, () => ({ exited: 1, exitcode: 0, 'out-data': '' })),
  },
  { method: 'POST', path: `${BASE}/set-user-password`, handle: (call) => checked(call, () => ({ result: {} })) },
];

function command(call: Call, name: string): Json {
  return checked(call, (scope) => {
    if (name === 'shutdown') powerTask(scope, 'qmshutdown');
    return { result: agentAnswer(scope, name) };
  });
}

function checked(call: Call, answer: (scope: GuestScope) => Json): Json {
  const scope = scopeOf(call);
  const agent = loadDraft(scope).current.get('agent');
  if (agent === undefined || !isAgentEnabled(call.host, agent)) throw failure('No QEMU guest agent configured');
  if (!isRunning(scope)) throw failure(`VM ${scope.vmid} is not running`);
  return answer(scope);
}
