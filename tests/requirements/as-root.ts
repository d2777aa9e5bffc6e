import type { Plan } from '../../src/core/plan.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { createPlan } from '../../src/engine/plan.ts';
import { createPveClient } from '../../src/pve/client.ts';
import { systemClock } from '../../src/pve/clock.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { loadFiles } from '../spec/load-text.ts';

/** The main job as root@pam itself, who has logged in with the password: no API token may do all of it. */
export interface AsRoot {
  readonly pve: PveClient;
  plan(yaml: string): Promise<Plan>;
  /** Plans and applies, and fails the test where a finding or a step is in the way. */
  apply(yaml: string): Promise<Plan>;
  close(): Promise<void>;
}

export function asRoot(sandbox: Sandbox): AsRoot {
  const clock = { ...systemClock, sleep: (milliseconds: number) => systemClock.sleep(Math.min(milliseconds, 5)) };
  const pve = createPveClient({
    endpoint: sandbox.endpoint,
    credentials: { type: 'password', username: 'root@pam', password: 'sandbox' },
    trust: { ca: sandbox.ca },
    clock,
  });
  const plan = async (yaml: string): Promise<Plan> => {
    const { resources, project, diagnostics } = await loadFiles({ 'vm.yaml': yaml }, ['vm.yaml']);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ detail }) => detail).join('\n'));
    return createPlan({ resources, project, pve, user: 'root@pam', clock });
  };
  return {
    pve,
    plan,
    apply: async (yaml) => {
      const made = await plan(yaml);
      const errors = made.diagnostics.filter(({ severity }) => severity === 'error');
      if (errors.length > 0) throw new Error(errors.map(({ detail }) => detail).join('\n'));
      const result = await applyPlan({ plan: made, pve, clock, onEvent: () => undefined });
      if (result.outcome !== 'ok')
        throw new Error(result.errors.map(({ message, details }) => [message, ...details].join('\n')).join('\n'));
      await sandbox.settled();
      return made;
    },
    close: () => pve.close(),
  };
}
