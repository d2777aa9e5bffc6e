import { beforeEach, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type Actor, actorOn } from './actor.ts';
import { memoryHost } from './memory-host.ts';

let actor: Actor;

beforeEach(async () => {
  actor = actorOn(memoryHost(await loadFacts('9.2')));
  const net0 = 'virtio=BC:24:11:33:F2:5B,bridge=vmbr0';
  await actor.act('POST', '', { vmid: 110, agent: '1', net0, ipconfig0: 'ip=192.0.2.7/25', cores: 2 });
});

it('the agent answers in a running guest, with an address for each NIC', async () => {
  await actor.act('POST', '/110/status/start');
  expect(await actor.act('POST', '/110/agent/ping')).toEqual({ result: {} });
  expect(await actor.act('GET', '/110/agent/network-get-interfaces')).toMatchObject({
    result: [
      { name: 'lo' },
      {
        ...{ name: 'ens18', 'hardware-address': 'bc:24:11:33:f2:5b' },
        'ip-addresses': [
          { 'ip-address': '192.0.2.7', 'ip-address-type': 'ipv4', prefix: 25 },
          { 'ip-address': 'fe80::be24:11ff:fe33:f25b', 'ip-address-type': 'ipv6', prefix: 64 },
        ],
      },
    ],
  });
  expect(await actor.act('GET', '/110/agent/get-vcpus')).toMatchObject({ result: [{}, { 'can-offline': true }] });
});

it('the agent shuts a guest down', async () => {
  await actor.act('POST', '/110/status/start');
  await actor.act('POST', '/110/agent/shutdown');
  expect(await actor.act('GET', '/110/status/current')).toMatchObject({ status: 'stopped' });
});

it('a guest that is stopped, and one without an agent, are told apart', async () => {
  await expect(actor.act('GET', '/110/agent/info')).rejects.toThrow('VM 110 is not running');
  await actor.act('PUT', '/110/config', { agent: '0' });
  await expect(actor.act('GET', '/110/agent/info')).rejects.toThrow('No QEMU guest agent configured');
});

it('a key is sent to a running guest only', async () => {
  await expect(actor.act('PUT', '/110/sendkey', { key: 'ret' })).rejects.toThrow('VM 110 not running');
  await actor.act('POST', '/110/status/start');
  expect(await actor.act('PUT', '/110/sendkey', { key: 'ret' })).toBeNull();
});
