import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.sandbox.close());

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

it.each([
  [{ vmid: 'abc' }, { vmid: "type check ('integer') failed - got 'abc'" }],
  [{ vmid: '99' }, { vmid: 'invalid format - value does not look like a valid VM ID\n' }],
  [{}, { vmid: 'property is missing and it is not optional' }],
  [{ vmid: 150, cores: 0 }, { cores: 'value must have a minimum value of 1' }],
  [{ vmid: 150, shares: 60_000 }, { shares: 'value must have a maximum value of 50000' }],
  [{ vmid: 150, onboot: 'yes' }, { onboot: "type check ('boolean') failed - got 'yes'" }],
  [{ vmid: 150, cpulimit: 'x' }, { cpulimit: "type check ('number') failed - got 'x'" }],
  [{ vmid: 150, bios: 'uefi' }, { bios: "value 'uefi' does not have a value in the enumeration 'seabios, ovmf'" }],
  [{ vmid: 150, serial0: 'tcp' }, { serial0: 'value does not match the regex pattern' }],
  [{ vmid: 150, description: 'x'.repeat(8193) }, { description: 'value may only be 8192 characters long' }],
  [{ vmid: 150, name: 'bad_name!' }, { name: 'invalid format - value does not look like a valid DNS name\n' }],
  [{ vmid: 150, tags: 'ok;bad!' }, { tags: 'invalid format - invalid characters in tag\n' }],
  [{ vmid: 150, startup: 'first' }, { startup: 'invalid format - unable to parse startup options\n' }],
  [{ vmid: 150, hotplug: 'foo' }, { hotplug: "invalid format - invalid hotplug feature 'foo'\n" }],
  [{ vmid: 150, affinity: 'zz' }, { affinity: 'invalid format - unable to parse cpuset option\n' }],
  [{ vmid: 150, sshkeys: 'x y' }, { sshkeys: 'invalid format - invalid urlencoded string: x y\n' }],
  [{ vmid: 150, force: 1 }, { archive: "missing property required by 'force'" }],
  [{ vmid: 150, net31: 'virtio', net32: 'virtio' }, { net32: UNKNOWN }],
  [{ vmid: 150, scsi31: 'local-lvm:1' }, { scsi31: UNKNOWN }],
  [
    { vmid: 150, scsi0: 'local-lvm:1,cache=zzz' },
    {
      scsi0:
        "invalid format - format error\nscsi0.cache: value 'zzz' does not have a value in the enumeration 'none, writethrough, writeback, unsafe, directsync'\n",
    },
  ],
  [
    { vmid: 150, scsi0: '1' },
    { scsi0: "invalid format - format error\nscsi0.file: invalid format - unable to parse volume ID '1'\n\n" },
  ],
  [
    { vmid: 150, net0: 'bridge=vmbr0' },
    { net0: 'invalid format - format error\nnet0.model: property is missing and it is not optional\n' },
  ],
  [
    { vmid: 150, net0: 'virtio=01:00:5e:00:00:01' },
    {
      net0: 'invalid format - format error\nnet0.macaddr: invalid format - value does not look like a valid unicast MAC address\n\n',
    },
  ],
  [
    { vmid: 150, boot: 'order=foo' },
    { boot: "invalid format - format error\nboot.order: invalid format - invalid boot device 'foo'\n\n" },
  ],
  [
    { vmid: 150, cpu: 'nosuchcpu' },
    { cpu: "invalid format - Built-in cputype 'nosuchcpu' is not defined (missing 'custom-' prefix?)\n" },
  ],
  [
    { vmid: 150, bogus: 1, cores: 'x' },
    { bogus: UNKNOWN, cores: "type check ('integer') failed - got 'x'" },
  ],
])('refuses %j with the messages of the real API, all at once', async (params, errors) => {
  const { status, body } = await api.call('POST', '/nodes/pve1/qemu', params);
  expect(status).toBe(400);
  expect(body).toEqual({ data: null, message: 'Parameter verification failed.\n', errors });
});

it('refuses unknown parameters of a read', async () => {
  const { status, body } = await api.call('GET', '/version', { x: 1 });
  expect({ status, errors: body.errors }).toEqual({ status: 400, errors: { x: UNKNOWN } });
});

it('refuses a parameter that contradicts the path', async () => {
  const { body } = await api.call('PUT', '/nodes/pve1/qemu/100/config', { vmid: 101, name: 'x' });
  expect(body.errors).toEqual({ vmid: 'duplicate parameter (already defined in URI) with conflicting values!' });
});

it('takes on, yes and true inside a property string', async () => {
  await api.data('POST', '/nodes/pve1/qemu', {
    vmid: 151,
    net0: 'virtio,bridge=vmbr0,firewall=yes',
    agent: 'yes',
    cpu: 'x86-64-v2-AES,flags=+aes',
  });
  await api.sandbox.settled();
  expect(api.sandbox.guestConfig(151)).toContain('agent: yes');
});
