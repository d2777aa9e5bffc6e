import type { Diagnostic } from '../../src/core/diagnostic.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { isObject } from '../../src/core/json.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Harness } from '../harness.ts';

/** Creates a guest as somebody else would: by hand, without a mark. */
export async function createByHand(harness: Harness, vmid: number, params: JsonObject, node = 'pve1'): Promise<void> {
  await harness.pve.post(`/nodes/${node}/qemu`, { params: { vmid, ...params } });
  await harness.sandbox.settled();
}

/** Sets config keys of a guest by hand. */
export async function setByHand(harness: Harness, vmid: number, params: JsonObject): Promise<void> {
  await harness.pve.put(`/nodes/${await nodeOf(harness, vmid)}/qemu/${vmid}/config`, { params });
  await harness.sandbox.settled();
}

/** Starts a guest, or shuts it down, by hand. */
export async function powerByHand(harness: Harness, vmid: number, action: 'start' | 'stop'): Promise<void> {
  await harness.pve.post(`/nodes/${await nodeOf(harness, vmid)}/qemu/${vmid}/status/${action}`);
  await harness.sandbox.settled();
}

/** Destroys a guest by hand, whatever it is. */
export async function destroyByHand(harness: Harness, vmid: number): Promise<void> {
  await harness.pve.delete(`/nodes/${await nodeOf(harness, vmid)}/qemu/${vmid}`, { params: { purge: 1 } });
  await harness.sandbox.settled();
}

/** All guests of the cluster: id to node. */
export async function guestIds(harness: Harness): Promise<readonly number[]> {
  const rows = (await harness.pve.get('/cluster/resources', { query: { type: 'vm' } })) as { vmid: number }[];
  return rows.map((row) => row.vmid).sort((left, right) => left - right);
}

async function nodeOf(harness: Harness, vmid: number): Promise<string> {
  const rows = (await harness.pve.get('/cluster/resources', { query: { type: 'vm' } })) as {
    vmid: number;
    node: string;
  }[];
  return rows.find((row) => row.vmid === vmid)?.node ?? 'pve1';
}

/** A guest's config as it will be after the next start. */
export async function configOf(harness: Harness, vmid: number): Promise<Record<string, unknown>> {
  const config = await harness.pve.get(`/nodes/${await nodeOf(harness, vmid)}/qemu/${vmid}/config`);
  if (!isObject(config)) throw new Error('no config');
  return config;
}

export async function powerOf(harness: Harness, vmid: number): Promise<unknown> {
  const status = await harness.pve.get(`/nodes/${await nodeOf(harness, vmid)}/qemu/${vmid}/status/current`);
  return isObject(status) ? status['status'] : undefined;
}

/** The volumes of a storage, sorted. */
export async function volumesOf(harness: Harness, storage = 'ceph-pool', node = 'pve1'): Promise<readonly string[]> {
  const rows = (await harness.pve.get(`/nodes/${node}/storage/${storage}/content`)) as { volid: string }[];
  return rows.map((row) => row.volid).sort();
}

export function errorsOf(plan: Plan): readonly Diagnostic[] {
  return plan.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
}

/** The steps of all resources, by title. */
export function titlesOf(plan: Plan): readonly string[] {
  return plan.resources.flatMap((resource) => resource.steps.map((step) => step.title));
}

/** The changes of all resources: path, before, after. */
export function changesOf(plan: Plan): readonly (readonly [string, unknown, unknown])[] {
  return plan.resources.flatMap((resource) =>
    resource.changes.map(({ path, before, after }) => [path, before, after] as const),
  );
}
