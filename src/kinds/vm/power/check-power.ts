import type { Diagnostic } from '../../../core/diagnostic.ts';
import { isObject } from '../../../core/json.ts';
import { originOf, type Resource, rangeOf } from '../../../core/resource.ts';
import { waitForOf } from './wait-for.ts';

function finding(
  resource: Resource,
  pointer: string,
  severity: Diagnostic['severity'],
  summary: string,
  detail: string,
): Diagnostic {
  const range = rangeOf(resource, pointer);
  return { severity, code: 'SPEC_INVALID', summary, detail, range, address: resource.address, pointer };
}

function saysNoAgent(agent: unknown): boolean {
  return agent === false || agent === null || (isObject(agent) && agent['enabled'] === false);
}

// What the HA manager brings a guest to; it leaves one that is `ignored` alone.
const POWER_OF_STATE: Readonly<Record<string, string>> = {
  started: 'running',
  stopped: 'stopped',
  disabled: 'stopped',
};

/** A state that HA would keep the guest in, beside another power. */
function checkHaState(resource: Resource): readonly Diagnostic[] {
  const { ha, power } = resource.spec;
  const state = isObject(ha) ? ha['state'] : undefined;
  const kept = POWER_OF_STATE[String(state)];
  if (kept === undefined || power === undefined || kept === power) return [];
  const detail = `power is ${String(power)} (${originOf(resource, '/power').text}), and ha.state ${String(state)} keeps the guest ${kept}. Leave one of them out.`;
  return [finding(resource, '/ha/state', 'error', 'power and ha.state contradict each other', detail)];
}

/** That power and the state that HA keeps agree, and what `waitFor` asks of the rest of the document: a guest agent that answers, and a guest that is started at all. */
export function checkPower(resource: Resource): readonly Diagnostic[] {
  return [...checkHaState(resource), ...checkWaitFor(resource)];
}

function checkWaitFor(resource: Resource): readonly Diagnostic[] {
  if (waitForOf(resource) === undefined) return [];
  const { system, power, restart } = resource.spec;
  const found: Diagnostic[] = [];
  if (isObject(system) && saysNoAgent(system['agent'])) {
    const origin = originOf(resource, '/system/agent').text;
    const detail = `waitFor asks the guest agent, and system.agent is off (${origin}). Write system.agent: true, or leave waitFor out.`;
    found.push(finding(resource, '/waitFor', 'error', 'the guest agent is off', detail));
  }
  if (power !== 'running' && restart === undefined) {
    const detail =
      'waitFor waits when a run starts or restarts the guest, and nothing here does. Write power: running, or leave waitFor out.';
    found.push(finding(resource, '/waitFor', 'warning', 'nothing starts the guest', detail));
  }
  return found;
}
