import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import type { GuestPlan } from '../../../src/core/plan.ts';
import type { Step, StepRequest } from '../../../src/core/step.ts';
import { keepStart } from '../../../src/engine/replan/keep-start.ts';
import type { PveReader } from '../../../src/pve/reader.ts';

const GUEST = '/nodes/pve1/qemu/101';

function step(title: string, method?: StepRequest['method'], path = '', more: Partial<Step> = {}): Step {
  return {
    ...{ id: 'vm/web-01#1', resource: 'vm/web-01', title, effect: 'none' },
    ...(method === undefined ? {} : { request: { method, path, params: {} } }),
    await: { for: 'none', timeoutMs: 1000 },
    ...more,
  };
}

const CONSOLE = step('set serial console', 'PUT', `${GUEST}/config`);
const REGISTER = step('register HA (started)', 'POST', '/cluster/ha/resources');
const RULE = step('change HA rule', 'PUT', '/cluster/ha/rules/near');
const FINISH = step('mark as finished', 'PUT', `${GUEST}/config`);
const START = step('start', 'POST', `${GUEST}/status/start`);
const AGAIN = step('start again', 'POST', `${GUEST}/status/start`);
const DESTROY = step('destroy unused0', 'PUT', `${GUEST}/config`, { expects: { volumes: { unused0: 'a:b' } } });
const HA_WAIT = step('wait until HA has started it', undefined, '', {
  await: { for: 'power', state: 'running', timeoutMs: 1000 },
});
const AGENT_WAIT = step('wait for the agent', undefined, '', { await: { for: 'agent', timeoutMs: 1000 } });

const MADE = { address: 'vm/web-01', node: 'pve1', vmid: 101, vmidChosen: false } as unknown as GuestPlan;

/** A guest as it is: its power, and whether it is registered with HA. */
interface Live {
  readonly status?: 'running' | 'stopped';
  readonly registered?: boolean | 'refused';
}

async function kept(made: readonly Step[], left: readonly Step[], live: Live = {}): Promise<readonly string[]> {
  const { status = 'stopped', registered = false } = live;
  const pve: PveReader = {
    get: async (path) => {
      if (path.endsWith('/status/current')) return { status };
      if (registered === 'refused') throw new PvevmError('PERMISSION', 'Permission check failed (/, Sys.Audit)');
      return registered ? [{ sid: 'vm:101', state: 'started' }] : [{ sid: 'vm:100', state: 'started' }];
    },
  };
  const steps = await keepStart({ ...MADE, steps: made }, left, false, pve);
  return steps.map(({ title }) => title);
}

it('R-22: what is registered with HA by now is neither registered again nor finished twice, and is waited for once', async () => {
  const left = [CONSOLE, REGISTER, FINISH, HA_WAIT];
  expect(await kept([FINISH, HA_WAIT], left, { registered: true })).toEqual(['mark as finished', HA_WAIT.title]);
  expect(await kept([HA_WAIT, FINISH], left, { registered: true })).toEqual([HA_WAIT.title, 'mark as finished']);
  expect(await kept([FINISH], [CONSOLE, REGISTER, FINISH], { registered: true })).toEqual(['mark as finished']);
  expect(await kept([], [CONSOLE, REGISTER, FINISH], { registered: true })).toEqual([]);
});

it('R-22: a registration that the new plan has itself is in it once', async () => {
  const left = [REGISTER, RULE, FINISH, HA_WAIT];
  expect(await kept([REGISTER, RULE, HA_WAIT, FINISH], left)).toEqual([
    ...['register HA (started)', 'change HA rule', 'wait until HA has started it', 'mark as finished'],
  ]);
});

it('R-22: a guest that was to be handed to HA by default, and has no mark that says so, is still handed to it', async () => {
  expect(await kept([CONSOLE], [CONSOLE, REGISTER])).toEqual(['set serial console', 'register HA (started)']);
  // HA starts it: a start of its own would be a second one.
  expect(await kept([CONSOLE, START, AGENT_WAIT], [CONSOLE, REGISTER, HA_WAIT, AGENT_WAIT])).toEqual([
    ...['set serial console', 'register HA (started)', 'wait until HA has started it', 'wait for the agent'],
  ]);
  expect(await kept([START, FINISH], [REGISTER, FINISH, HA_WAIT])).toEqual([
    ...['register HA (started)', 'wait until HA has started it', 'mark as finished'],
  ]);
  expect(await kept([CONSOLE], [CONSOLE, REGISTER], { registered: 'refused' })).toEqual([
    ...['set serial console', 'register HA (started)'],
  ]);
});

it('R-22: a guest that was taken down is started again, before what it no longer uses is destroyed, and that once', async () => {
  const left = [CONSOLE, AGAIN, AGENT_WAIT, DESTROY];
  expect(await kept([CONSOLE, DESTROY], left)).toEqual([
    ...['set serial console', 'start again', 'wait for the agent', 'destroy unused0'],
  ]);
  expect(await kept([CONSOLE, START, AGENT_WAIT, DESTROY], left)).toEqual([
    ...['set serial console', 'start', 'wait for the agent', 'destroy unused0'],
  ]);
  expect(await kept([HA_WAIT], left)).toEqual(['wait until HA has started it']);
});

it('R-31: a guest that runs by now is left as the new plan says', async () => {
  expect(await kept([CONSOLE], [CONSOLE, REGISTER, HA_WAIT], { status: 'running' })).toEqual(['set serial console']);
  expect(await kept([], [AGAIN], { status: 'running' })).toEqual([]);
});

it('R-22: a run that was to start nothing any more starts nothing', async () => {
  expect(await kept([CONSOLE], [CONSOLE, FINISH])).toEqual(['set serial console']);
});
