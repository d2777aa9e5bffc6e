import { beforeEach, expect, it } from 'vitest';
import { loadFacts } from '../../../../src/pve/facts/load-facts.ts';
import { type Actor, actorOn } from './actor.ts';
import { type MemoryHost, memoryHost } from './memory-host.ts';

let host: MemoryHost;
let actor: Actor;

beforeEach(async () => {
  host = memoryHost(await loadFacts('9.2'));
  actor = actorOn(host);
  await actor.act('POST', '', {
    ...{ vmid: 100, name: 'web.example.org', ide2: 'vmdata:cloudinit', ciuser: 'root', ciupgrade: 0 },
    ...{ net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0', ipconfig0: 'ip=dhcp,ip6=auto' },
  });
});

it('the data of a user and of the network follow the config', async () => {
  expect(await actor.act('GET', '/100/cloudinit/dump', { type: 'user' })).toBe(
    `${['#cloud-config', 'hostname: web', 'manage_etc_hosts: true', 'fqdn: web.example.org', 'user: root'].join('\n')}
disable_root: False
chpasswd:
  expire: False
`,
  );
  expect(await actor.act('GET', '/100/cloudinit/dump', { type: 'network' })).toBe(
    `version: 1
config:
    - type: physical
      name: eth0
      mac_address: 'bc:24:11:00:00:01'
      subnets:
      - type: dhcp4
      - type: ipv6_slaac
`,
  );
  expect(await actor.act('GET', '/100/cloudinit/dump', { type: 'meta' })).toMatch(/^instance-id: [0-9a-f]{40}\n$/);
});

it('changes of a running guest are pending until the drive is made anew', async () => {
  await actor.act('POST', '/100/status/start');
  await actor.act('PUT', '/100/config', { ciuser: 'nix', nameserver: '1.1.1.1' });
  expect(host.file(100)).toContain('[special:cloudinit]\nadded: nameserver\nciuser: root\n');
  const items = await actor.act('GET', '/100/cloudinit');
  expect(items).toEqual([
    { key: 'nameserver', pending: '1.1.1.1' },
    { key: 'ciuser', value: 'root', pending: 'nix' },
  ]);
  await actor.act('PUT', '/100/config', { delete: 'nameserver,ciuser' });
  expect(await actor.act('GET', '/100/cloudinit')).toEqual([{ key: 'ciuser', delete: 1 }]);
  expect(await actor.act('PUT', '/100/cloudinit')).toBeNull();
  expect(host.file(100)).not.toContain('special');
});

it('a guest has one drive for the data, whose volume goes with it', async () => {
  await expect(actor.act('PUT', '/100/config', { ide0: 'vmdata:cloudinit' })).rejects.toThrow(
    "ide0 - cloud-init drive is already attached at 'ide2'",
  );
  await actor.act('PUT', '/100/config', { delete: 'ide2' });
  expect(host.volumes.list('vmdata', 'pve1')).toEqual([]);
});
