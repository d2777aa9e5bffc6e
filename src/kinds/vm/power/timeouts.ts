import { isObject } from '../../../core/json.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import { parseDuration } from '../../../core/units.ts';

/** What a document can give a time of its own. */
export type TimeoutName =
  | 'create'
  | 'clone'
  | 'move'
  | 'migrate'
  | 'resize'
  | 'config'
  | 'shutdown'
  | 'start'
  | 'destroy';

/** The milliseconds that a document gives to something; undefined where it leaves that alone. */
export function timeoutOf(resource: Resource, name: TimeoutName): number | undefined {
  const timeouts = resource.spec['timeouts'];
  const text = isObject(timeouts) ? timeouts[name] : undefined;
  return typeof text === 'string' ? parseDuration(text) : undefined;
}

// How long Proxmox VE itself waits is a parameter of these; the rest ends when it ends.
const BY_PATH: readonly (readonly [method: Step['id'], path: RegExp, name: TimeoutName])[] = [
  ['POST', /^\/nodes\/[^/]+\/qemu$/, 'create'],
  ['POST', /\/clone$/, 'clone'],
  ['POST', /\/move_disk$/, 'move'],
  ['POST', /\/migrate$/, 'migrate'],
  ['PUT', /\/resize$/, 'resize'],
  ['POST', /\/config$/, 'config'],
  ['DELETE', /^\/nodes\/[^/]+\/qemu\/[^/]+$/, 'destroy'],
];

/** Steps with the times that the document gives them; power's own stand in its steps already. */
export function withTimeouts(resource: Resource, steps: readonly Step[]): readonly Step[] {
  if (resource.spec['timeouts'] === undefined) return steps;
  return steps.map((step) => {
    const { request } = step;
    const name = BY_PATH.find(([method, path]) => request?.method === method && path.test(request.path))?.[2];
    const timeoutMs = name === undefined ? undefined : timeoutOf(resource, name);
    return timeoutMs === undefined ? step : { ...step, await: { ...step.await, timeoutMs } };
  });
}
