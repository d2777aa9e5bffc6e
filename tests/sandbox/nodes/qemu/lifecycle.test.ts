import { beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../../../../src/core/json.ts';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';
import { type Method, send, TOKEN } from './requests.ts';

const facts = await loadFacts('9.2');
const GUESTS = '/nodes/pve1/qemu';

let host: MemoryHost;

beforeEach(() => {
  host = memoryHost(facts);
});

/** Sends a request, waits for its task and returns the task's exit status, or the answer where there is no task. */
async function act(method: Method, path: string, params: Record<string, string | number> = {}, user = TOKEN) {
  const answer = await send(host, method, path, params, user);
  await host.settle();
  return typeof answer === 'string' ? (host.tasks.get(answer)?.exitstatus ?? answer) : answer;
}

async function config(vmid: number, params: Record<string, string | number> = {}): Promise<Record<string, unknown>> {
  const answer = await send(host, 'GET', `${GUESTS}/${vmid}/config`, params);
  return isObject(answer) ? answer : {};
}

async function runningGuest(params: Record<string, string | number> = {}): Promise<void> {
  await act('POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1', scsi1: 'vmdata:1', boot: 'order=scsi0', ...params });
  expect(await act('POST', `${GUESTS}/100/status/start`)).toBe('OK');
}

describe('power', () => {
  it('does not start a guest whose bridge is missing', async () => {
    await act('POST', GUESTS, { vmid: 100, net0: 'virtio,bridge=nosuch' });
    expect(await act('POST', `${GUESTS}/100/status/start`)).toBe("bridge 'nosuch' does not exist");
    expect(await send(host, 'GET', `${GUESTS}/100/status/current`)).toMatchObject({ status: 'stopped' });
  });

  it('pauses and resumes', async () => {
    await runningGuest();
    await act('POST', `${GUESTS}/100/status/suspend`);
    expect(await send(host, 'GET', `${GUESTS}/100/status/current`)).toMatchObject({ qmpstatus: 'paused' });
    await expect(act('POST', `${GUESTS}/100/status/shutdown`)).rejects.toThrow('VM is paused - cannot shutdown');
    await act('POST', `${GUESTS}/100/status/resume`);
    expect(await send(host, 'GET', `${GUESTS}/100/status/current`)).toMatchObject({ qmpstatus: 'running' });
  });

  it('of a guest under HA is a change of its wanted state', async () => {
    await act('POST', GUESTS, { vmid: 100, 'ha-managed': 1 });
    const upid = await send(host, 'POST', `${GUESTS}/100/status/start`);
    expect(upid).toContain(':hastart:');
    await host.settle();
    expect(host.ha.get('vm:100')?.options['state']).toBe('started');
    expect(host.guests.startedAt(100)).toBeDefined();
    await act('POST', `${GUESTS}/100/status/shutdown`);
    expect(host.ha.get('vm:100')?.options['state']).toBe('stopped');
    expect(host.guests.startedAt(100)).toBeUndefined();
  });
});

describe('resizing a disk', () => {
  it.each([
    ['scsi0', '+1G', 'OK', 'size=2G'],
    ['scsi0', '4G', 'OK', 'size=4G'],
    ['scsi0', '512M', 'shrinking disks is not supported', 'size=1G'],
    ['scsi5', '+1G', "disk 'scsi5' does not exist", 'size=1G'],
    ['ide2', '+1G', "you can't resize a cdrom", 'size=1G'],
  ])('%s by %s ends as %s', async (disk, size, status, stored) => {
    await act('POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1', ide2: 'none' });
    expect(await act('PUT', `${GUESTS}/100/resize`, { disk, size })).toBe(status);
    expect(await config(100)).toMatchObject({ scsi0: expect.stringContaining(stored) });
  });
});

describe('destroying a guest', () => {
  it('refuses a protected, an HA-managed and a running one, in that order', async () => {
    await runningGuest({ 'ha-managed': 1, protection: 1 });
    await expect(act('DELETE', `${GUESTS}/100`)).rejects.toThrow("can't remove VM 100 - protection mode enabled");
    await act('PUT', `${GUESTS}/100/config`, { protection: 0 });
    await expect(act('DELETE', `${GUESTS}/100`)).rejects.toThrow('used in HA resources and purge parameter not set.');
    await expect(act('DELETE', `${GUESTS}/100`, { purge: 1 })).rejects.toThrow('VM 100 is running - destroy failed');
  });

  it('takes its volumes, its place in a pool and, purged, its HA resource with it', async () => {
    host.access.pools.set('lab', { comment: '', vms: new Set(), storages: new Set() });
    await act('POST', GUESTS, { vmid: 100, pool: 'lab', scsi0: 'vmdata:1', scsi1: 'vmdata:1', 'ha-managed': 1 });
    await act('PUT', `${GUESTS}/100/config`, { delete: 'scsi1' });
    expect(await act('DELETE', `${GUESTS}/100`, { purge: 1 })).toBe('OK');
    expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
    expect(host.ha.size).toBe(0);
    expect(host.access.pools.get('lab')?.vms.size).toBe(0);
    await expect(config(100)).rejects.toThrow("Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist");
  });
});
