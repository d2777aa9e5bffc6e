import { beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../../../../src/core/json.ts';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';
import { type Method, send, TOKEN } from './requests.ts';

const facts = await loadFacts('9.2');
const GUESTS = '/nodes/pve1/qemu';
const ROOT = { id: 'root@pam', isRoot: true };
const AUDITOR = { id: 'limited@pve!ro', isRoot: false };

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

async function pending(vmid: number): Promise<unknown> {
  const answer = await send(host, 'GET', `${GUESTS}/${vmid}/pending`);
  return Array.isArray(answer) ? answer.filter((item) => 'pending' in item || 'delete' in item) : answer;
}

async function runningGuest(params: Record<string, string | number> = {}): Promise<void> {
  await act('POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1', scsi1: 'vmdata:1', boot: 'order=scsi0', ...params });
  expect(await act('POST', `${GUESTS}/100/status/start`)).toBe('OK');
}

describe('creating a guest', () => {
  it('R-29: shows a stub with a lock until the task has ended', async () => {
    const upid = await send(host, 'POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1' });
    expect(upid).toMatch(/:qmcreate:100:root@pam!test:$/);
    expect(Object.keys(await config(100)).sort()).toEqual(['digest', 'lock']);
    await host.settle();
    expect(await config(100)).toMatchObject({ scsi0: 'vmdata:100/vm-100-disk-0.raw,size=1G', boot: 'order=scsi0' });
  });

  it('frees the volumes and removes the stub where a later volume is missing', async () => {
    const status = await act('POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1', scsi1: 'vmdata:9/vm-9-disk-0.raw' });
    expect(status).toBe("unable to create VM 100 - volume 'vmdata:9/vm-9-disk-0.raw' does not exist");
    expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
    expect(host.guests.get(100)).toBeUndefined();
  });

  it('refuses an id that is taken', async () => {
    await act('POST', GUESTS, { vmid: 100 });
    await expect(act('POST', GUESTS, { vmid: 100 })).rejects.toThrow(
      "unable to create VM 100 - VM 100 already exists on node 'pve1'",
    );
  });

  it('puts it into its pool, starts it and registers it with HA where asked', async () => {
    host.access.pools.set('lab', { comment: '', vms: new Set(), storages: new Set() });
    await act('POST', GUESTS, { vmid: 100, pool: 'lab', start: 1, 'ha-managed': 1 });
    expect([...(host.access.pools.get('lab')?.vms ?? [])]).toEqual([100]);
    expect(host.guests.startedAt(100)).toBeDefined();
    expect(host.ha.get('vm:100')?.options).toEqual({ state: 'started' });
  });

  it('refuses a second cloud-init drive', async () => {
    const status = await act('POST', GUESTS, { vmid: 100, ide0: 'vmdata:cloudinit', ide2: 'vmdata:cloudinit' });
    expect(status).toBe("unable to create VM 100 - ide0 - cloud-init drive is already attached at 'ide2'");
  });

  it('keeps keys of root from a token of root', async () => {
    const args = { vmid: 100, args: '-foo' };
    await expect(act('POST', GUESTS, args)).rejects.toThrow("only root can set 'args' config");
    expect(await act('POST', GUESTS, args, ROOT)).toBe('OK');
  });

  it('refuses a user without VM.Allocate', async () => {
    await expect(act('POST', GUESTS, { vmid: 100 }, AUDITOR)).rejects.toMatchObject({ status: 403 });
  });
});

describe('changing a stopped guest', () => {
  beforeEach(async () => {
    await act('POST', GUESTS, { vmid: 100, scsi0: 'vmdata:1', ide2: 'none,media=cdrom', net0: 'virtio,bridge=vmbr0' });
  });

  it('leaves file and digest as they are where it says the same again', async () => {
    const before = await config(100);
    await act('PUT', `${GUESTS}/100/config`, { scsi0: String(before['scsi0']), boot: String(before['boot']) });
    expect(await config(100)).toEqual(before);
  });

  it('refuses a digest that is out of date', async () => {
    const { digest } = await config(100);
    await act('PUT', `${GUESTS}/100/config`, { name: 'a', digest: String(digest) });
    await expect(act('PUT', `${GUESTS}/100/config`, { name: 'b', digest: String(digest) })).rejects.toThrow(
      'checksum mismatch (file change by other user?)',
    );
  });

  it('keeps the volume of a removed disk as unused, and takes it from there again', async () => {
    await act('PUT', `${GUESTS}/100/config`, { delete: 'scsi0' });
    expect(await config(100)).toMatchObject({ unused0: 'vmdata:100/vm-100-disk-0.raw', boot: 'order=ide2;net0' });
    await act('PUT', `${GUESTS}/100/config`, { virtio0: 'vmdata:100/vm-100-disk-0.raw' });
    expect(await config(100)).not.toHaveProperty('unused0');
  });

  it('destroys the volume of a disk that is unlinked by force', async () => {
    await act('PUT', `${GUESTS}/100/unlink`, { idlist: 'scsi0', force: 1 });
    expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
  });

  it('keeps as pending what it had done before a step that failed', async () => {
    const params = { name: 'new', scsi5: 'vmdata:100/vm-100-disk-9.raw', tags: 'late' };
    await expect(act('PUT', `${GUESTS}/100/config`, params)).rejects.toThrow('does not exist');
    expect(await pending(100)).toEqual([expect.objectContaining({ key: 'name', pending: 'new' })]);
    await act('PUT', `${GUESTS}/100/config`, { cores: 2 });
    expect(await config(100, { current: 1 })).toMatchObject({ name: 'new', cores: 2 });
  });

  it('refuses every change while it is locked', async () => {
    await act('PUT', `${GUESTS}/100/config`, { lock: 'backup' }, ROOT);
    await expect(act('PUT', `${GUESTS}/100/config`, { name: 'x' })).rejects.toThrow('VM is locked (backup)');
    expect(await act('POST', `${GUESTS}/100/status/start`)).toBe('VM is locked (backup)');
    expect(await act('DELETE', `${GUESTS}/100`)).toBe('VM is locked (backup)');
    await act('PUT', `${GUESTS}/100/config`, { delete: 'lock', skiplock: 1 }, ROOT);
    expect(await config(100)).not.toHaveProperty('lock');
  });

  it('says nothing where the task of a delayed answer ended in time', async () => {
    expect(await send(host, 'POST', `${GUESTS}/100/config`, { name: 'x', background_delay: 5 })).toBeNull();
  });

  it('stores a password hashed with a new salt and never returns it', async () => {
    await act('PUT', `${GUESTS}/100/config`, { cipassword: 'secret' });
    const first = host.file(100);
    await act('PUT', `${GUESTS}/100/config`, { cipassword: 'secret' });
    expect(first).toMatch(/cipassword: \$5\$/);
    expect(host.file(100)).not.toBe(first);
    expect(await config(100)).toMatchObject({ cipassword: '**********' });
  });
});

describe('changing a running guest', () => {
  it('leaves pending what needs a restart, and drops it when it is set back', async () => {
    await runningGuest({ cores: 2 });
    await act('PUT', `${GUESTS}/100/config`, { cores: 4, name: 'web', delete: 'scsihw' });
    expect(await pending(100)).toEqual([{ key: 'cores', value: 2, pending: 4 }]);
    expect(await config(100, { current: 1 })).toMatchObject({ cores: 2, name: 'web' });
    await act('PUT', `${GUESTS}/100/config`, { revert: 'cores' });
    expect(await pending(100)).toEqual([]);
  });

  it('applies what is pending at a reboot', async () => {
    await runningGuest();
    await act('PUT', `${GUESTS}/100/config`, { memory: 2048, ide0: 'vmdata:1' });
    expect(await config(100, { current: 1 })).not.toHaveProperty('memory');
    expect(await act('POST', `${GUESTS}/100/status/reboot`)).toBe('OK');
    expect(await config(100, { current: 1 })).toMatchObject({ memory: '2048' });
    expect(await pending(100)).toEqual([]);
  });

  it('does not unplug a disk that it boots from, and keeps the removal pending', async () => {
    await runningGuest();
    await expect(act('PUT', `${GUESTS}/100/config`, { delete: 'scsi0,scsi1' })).rejects.toMatchObject({
      status: 400,
      errors: { scsi0: "hotplug problem - can't unplug bootdisk 'scsi0'\n" },
    });
    expect(await config(100)).toMatchObject({ unused0: 'vmdata:100/vm-100-disk-1.raw' });
    expect(await pending(100)).toContainEqual(expect.objectContaining({ key: 'scsi0', delete: 1 }));
  });

  it('says on one line what failed where a task did it', async () => {
    await runningGuest();
    const status = await act('POST', `${GUESTS}/100/config`, { delete: 'scsi0' });
    expect(status).toBe("400 Parameter verification failed.  scsi0: hotplug problem - can't unplug bootdisk 'scsi0'");
  });

  it('marks a forced removal that is pending', async () => {
    await runningGuest({ hotplug: '0' });
    await act('PUT', `${GUESTS}/100/config`, { delete: 'scsi1', force: 1 });
    expect(await pending(100)).toContainEqual(expect.objectContaining({ key: 'scsi1', delete: 2 }));
    await act('POST', `${GUESTS}/100/status/stop`);
    expect(host.volumes.find('vmdata:100/vm-100-disk-1.raw', 'pve1')).toBeUndefined();
  });
});

it('lists only the guests that the user may see', async () => {
  await act('POST', GUESTS, { vmid: 100, name: 'web', tags: 'B;a' });
  expect(await send(host, 'GET', GUESTS, {}, AUDITOR)).toMatchObject([{ vmid: 100, name: 'web', tags: 'a;b' }]);
  const blind = { ...host, access: { ...host.access, privileges: () => new Set<string>() } };
  expect(await send(blind, 'GET', GUESTS, {}, AUDITOR)).toEqual([]);
});
