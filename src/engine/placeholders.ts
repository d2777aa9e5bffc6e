import type { Json, JsonObject } from '../core/json.ts';
import type { StepRequest } from '../core/step.ts';

/** What the placeholders of a step stand for when it runs. */
export interface Bindings {
  readonly vmid: number;
  /** Whether `{vmid}` stands for an id that pvevm chose; otherwise a plan holds the id itself. */
  readonly vmidChosen: boolean;
  readonly digest?: string;
}

function fill(key: string, value: Json, { vmid, vmidChosen, digest }: Bindings): Json {
  if (typeof value !== 'string') return value;
  if (key === 'digest' && value === '{digest}' && digest !== undefined) return digest;
  if (!vmidChosen) return value;
  if (key === 'vmid' && value === '{vmid}') return vmid;
  // As a mark and an HA resource's name end; a `{vmid}` anywhere else is the user's own text.
  const names = key === 'description' || key === 'sid';
  return names && value.endsWith(':{vmid}') ? `${value.slice(0, -'{vmid}'.length)}${vmid}` : value;
}

/** A request with its placeholders filled in: what is sent. */
export function fillRequest(request: StepRequest, bindings: Bindings): StepRequest {
  const params: JsonObject = Object.fromEntries(
    Object.entries(request.params).map(([key, value]) => [key, fill(key, value, bindings)]),
  );
  return { ...request, path: request.path.replaceAll('{vmid}', String(bindings.vmid)), params };
}

/** Whether a request carries the digest of a read made just before it. */
export function wantsDigest(request: StepRequest): boolean {
  return request.params['digest'] === '{digest}';
}
