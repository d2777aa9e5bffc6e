import type { Address } from './address.ts';
import type { Effect } from './effect.ts';
import type { JsonObject } from './json.ts';

/** One write to Proxmox VE. `{vmid}`, `{digest}` and `{uuid}` in path and params are filled in when the step runs. */
export interface StepRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** The path below `/api2/json`, as in `/nodes/pve1/qemu/{vmid}/config`. */
  readonly path: string;
  readonly params: JsonObject;
}

/** What a step waits for after its request, and for how long. */
export interface StepAwait {
  readonly for: 'none' | 'task' | 'unlock' | 'power' | 'agent';
  /** The power state that is waited for, with `for: 'power'`. */
  readonly state?: 'running' | 'stopped';
  readonly timeoutMs: number;
}

/** One action of the plan: usually one API request, and what to wait for after it. Without a request it only waits. */
export interface Step {
  /** As in `vm/web-01#2`; steps of a resource count from 1. */
  readonly id: string;
  readonly resource: Address;
  readonly title: string;
  readonly effect: Effect;
  readonly request?: StepRequest;
  /** What the guest must be doing when the step runs; otherwise the plan is stale. */
  readonly expects?: { readonly power: 'running' | 'stopped' };
  readonly await: StepAwait;
}
