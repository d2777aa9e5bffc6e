import { PvevmError } from '../../core/error.ts';
import type { Step, StepRequest } from '../../core/step.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { Pending } from '../../pve/cluster-rows.ts';
import { parseDiskSize } from '../../pve/codecs/codecs.ts';
import { rowOf, rowsOf } from '../../pve/decode.ts';
import type { PveReader } from '../../pve/reader.ts';
import { configOutcome, nextText, type State, volumeOf } from './config-outcome.ts';
import { hasFields, isListed, ruleOutcome } from './list-outcome.ts';
import type { Operation } from './operations.ts';

/** A write as it was sent, and what was known before. */
export interface Sent {
  readonly operation: Operation;
  readonly step: Step;
  readonly request: StepRequest;
  /** The guest's configuration; undefined where the write is about no guest. */
  readonly before: Pending | undefined;
  readonly node: string;
  /** Undefined for what is no guest. */
  readonly vmid: number | undefined;
  /** Milliseconds since it was sent. */
  readonly agoMs: () => number;
}

function sizeOutcome({ request, before }: Sent, after: Pending): State {
  const key = String(request.params['disk']);
  const sizeIn = (config: Pending | undefined): number | undefined => {
    const [, size = ''] = /(?:^|,)size=([^,]+)/.exec(nextText(config?.items.get(key)) ?? '') ?? [];
    return parseDiskSize(size);
  };
  if (sizeIn(after) === parseDiskSize(String(request.params['size']))) return 'done';
  return sizeIn(after) === sizeIn(before) ? 'not-done' : 'unclear';
}

function placeOutcome({ request, before }: Sent, after: Pending): State {
  const key = String(request.params['disk']);
  const volume = volumeOf(nextText(after.items.get(key)));
  if (volume === volumeOf(nextText(before?.items.get(key)))) return 'not-done';
  return volume?.startsWith(`${String(request.params['storage'])}:`) === true ? 'done' : 'unclear';
}

async function configState(sent: Sent, vmid: number, pve: PveReader): Promise<State> {
  const { operation, request, before, node } = sent;
  const after = await createClusterView(pve).pending(node, vmid);
  if (operation.outcome === 'disk size') return sizeOutcome(sent, after);
  if (operation.outcome === 'disk place') return placeOutcome(sent, after);
  if (operation.outcome === 'template') return nextText(after.items.get('template')) === '1' ? 'done' : 'not-done';
  return before === undefined ? 'unclear' : configOutcome(request.params, before, after);
}

async function powerState({ operation, node, agoMs }: Sent, vmid: number, pve: PveReader): Promise<State> {
  const path = '/nodes/{node}/qemu/{vmid}/status/current';
  const row = rowOf(path, await pve.get(path, { path: { node, vmid } }));
  const isRunning = row.text('status') === 'running';
  const isAs = (wanted: boolean): State => (wanted ? 'done' : 'not-done');
  if (operation.outcome === 'stopped') return isAs(!isRunning);
  if (operation.outcome === 'runs') return isAs(isRunning);
  if (operation.outcome === 'resumed') return isAs(isRunning && row.optionalText('qmpstatus') === 'running');
  // A guest that is down in the middle of a restart comes back by itself. Its uptime is in whole seconds, rounded down.
  return isRunning ? isAs(((row.optionalNumber('uptime') ?? 0) + 1) * 1000 <= agoMs()) : 'unclear';
}

async function isOn(node: string, vmid: number, pve: PveReader): Promise<boolean> {
  try {
    await createClusterView(pve).pending(node, vmid);
    return true;
  } catch (error) {
    if (error instanceof PvevmError && error.code === 'PVE_NOT_FOUND') return false;
    throw error;
  }
}

async function fileState({ operation, request }: Sent, pve: PveReader): Promise<State> {
  const { path, params } = request;
  const [, node = '', storage = '', encoded] =
    /^\/nodes\/([^/]+)\/storage\/([^/]+)\/(?:content\/(.+))?/.exec(path) ?? [];
  const volid =
    encoded === undefined
      ? `${storage}:${String(params['content'])}/${String(params['filename'])}`
      : decodeURIComponent(encoded);
  const content = '/nodes/{node}/storage/{storage}/content';
  const rows = rowsOf(content, await pve.get(content, { path: { node, storage } }));
  const isThere = rows.some((row) => row.text('volid') === volid);
  return isThere === (operation.outcome === 'file there') ? 'done' : 'not-done';
}

async function memberState({ request }: Sent, pve: PveReader): Promise<State> {
  const { params, path } = request;
  const pool = String(params['poolid'] ?? path.slice(path.lastIndexOf('/') + 1));
  const vmids = String(params['vms'] ?? '').split(',');
  const { guests } = await createClusterView(pve).resources();
  const isWanted = (vmid: string): boolean => {
    const isMember = guests.some((guest) => String(guest.vmid) === vmid && guest.pool === pool);
    return isMember !== (params['delete'] !== undefined);
  };
  return vmids.every(isWanted) ? 'done' : 'not-done';
}

async function listState({ operation, step, request, vmid }: Sent, pve: PveReader): Promise<State> {
  const cluster = createClusterView(pve);
  const planned = step.expects?.list;
  if (operation.outcome === 'rule list') {
    if (planned === undefined) return 'unclear';
    const { rows } = await cluster.texts(planned.path.replaceAll('{vmid}', String(vmid)));
    return ruleOutcome(request, planned.rows, rows);
  }
  const { method, path } = request;
  if (operation.outcome === 'fields') {
    const { rows } = await cluster.texts(path);
    return hasFields(rows[0] ?? {}, request) ? 'done' : 'not-done';
  }
  const { rows } = await cluster.texts(method === 'DELETE' ? path.slice(0, path.lastIndexOf('/')) : path);
  return isListed(request, rows) === (operation.outcome === 'in list') ? 'done' : 'not-done';
}

/** Reads whether a write was carried out, as the table of operations says. Throws what the reads throw. */
export async function readOutcome(sent: Sent, pve: PveReader): Promise<State> {
  const { operation, step, node, vmid } = sent;
  switch (operation.outcome) {
    case 'config keys':
    case 'disk size':
    case 'disk place':
    case 'template':
      return vmid === undefined ? 'unclear' : await configState(sent, vmid, pve);
    case 'runs':
    case 'stopped':
    case 'restarted':
    case 'resumed':
      return vmid === undefined ? 'unclear' : await powerState(sent, vmid, pve);
    case 'guest gone':
      return vmid === undefined || (await isOn(node, vmid, pve)) ? 'not-done' : 'done';
    case 'node':
      return vmid !== undefined && (await isOn(step.await.node ?? node, vmid, pve)) ? 'done' : 'not-done';
    case 'file there':
    case 'file gone':
      return await fileState(sent, pve);
    case 'pool member':
      return await memberState(sent, pve);
    case 'fields':
    case 'in list':
    case 'not in list':
    case 'rule list':
      return await listState(sent, pve);
    default:
      return 'unclear';
  }
}
