import type { Json, JsonObject } from '../../../core/json.ts';
import { parsePropertyString } from '../../../pve/codecs/property-string.ts';
import { configFormat } from './config-key.ts';
import { type GuestScope, loadDraft } from './guest.ts';
import { parseNet } from './net.ts';

const COMMANDS = [
  ...['ping', 'info', 'network-get-interfaces', 'get-osinfo', 'get-host-name', 'fsfreeze-status', 'fsfreeze-freeze'],
  ...[
    'fsfreeze-thaw',
    'fstrim',
    'exec',
    'exec-status',
    'file-open',
    'file-read',
    'file-write',
    'file-close',
    'shutdown',
  ],
  ...['get-time', 'get-timezone', 'get-users', 'get-vcpus', 'get-fsinfo'],
];

/** What the agent in a guest answers to a command; the guest runs a system like the one of the recordings. */
export function agentAnswer(scope: GuestScope, command: string): Json {
  const answers: Readonly<Record<string, () => Json>> = {
    info: () => ({
      version: '9.2.0',
      supported_commands: COMMANDS.map((name) => ({
        ...{ name: `guest-${name}`, enabled: true, 'success-response': true },
      })),
    }),
    'network-get-interfaces': () => interfaces(scope),
    'get-osinfo': () => ({
      ...{ id: 'nixos', name: 'NixOS', machine: 'x86_64', version: '24.11 (Vicuna)', 'version-id': '24.11' },
      ...{ 'pretty-name': 'NixOS 24.11 (Vicuna)', 'kernel-release': '6.6.63', 'kernel-version': '#1-NixOS SMP' },
    }),
    'get-host-name': () => ({ 'host-name': 'nixos' }),
    'get-fsinfo': () => [
      {
        ...{ name: 'sda1', type: 'ext4', mountpoint: '/', disk: [] },
        ...{ 'total-bytes': 10_000_000, 'used-bytes': 1_000_000 },
      },
    ],
    'get-users': () => [],
    // Nanoseconds do not fit into a number: the last digits are lost, as they are in the real answer.
    'get-time': () => scope.host.clock.now() * 1_000_000,
    'get-timezone': () => ({ zone: 'UTC', offset: 0 }),
    'get-vcpus': () => processors(scope),
    'fsfreeze-status': () => 'thawed',
    'fsfreeze-freeze': () => 1,
    'fsfreeze-thaw': () => 1,
    fstrim: () => ({ paths: [] }),
    'get-memory-blocks': () => [],
    'get-memory-block-info': () => ({ size: 134_217_728 }),
  };
  return answers[command]?.() ?? {};
}

function processors(scope: GuestScope): Json {
  const { current } = loadDraft(scope);
  const count = Number(current.get('sockets') ?? 1) * Number(current.get('cores') ?? 1);
  return Array.from({ length: count }, (_, id) => ({ 'logical-id': id, online: true, 'can-offline': id > 0 }));
}

/** The loopback and one interface for each NIC, with the address that cloud-init gives it, or one of 192.0.2.0/24. */
function interfaces(scope: GuestScope): Json {
  const { current } = loadDraft(scope);
  const loopback = {
    ...{ name: 'lo', 'hardware-address': '00:00:00:00:00:00' },
    'ip-addresses': [address('ipv4', '127.0.0.1', 8), address('ipv6', '::1', 128)],
  };
  const nics = [...current.keys()].filter((key) => /^net\d+$/.test(key)).sort();
  return [loopback, ...nics.map((nic) => interfaceOf(scope, current, Number(nic.slice('net'.length))))];
}

function interfaceOf(scope: GuestScope, config: ReadonlyMap<string, string>, index: number): JsonObject {
  const { facts } = scope.host;
  const mac = (parseNet(facts, config.get(`net${index}`) ?? '')['macaddr'] ?? '').toLowerCase();
  const { ip } = parsePropertyString(config.get(`ipconfig${index}`) ?? '', configFormat(facts, 'ipconfig0'));
  const [fixed, length] = ip === undefined || ip === 'dhcp' ? [] : ip.split('/');
  const given = fixed ?? `192.0.2.${((scope.vmid + index - 1) % 254) + 1}`;
  const counts = ['bytes', 'packets', 'errs', 'dropped'].flatMap((name) =>
    ['rx', 'tx'].map((way) => [`${way}-${name}`, name === 'bytes' ? 1000 : name === 'packets' ? 10 : 0]),
  );
  return {
    ...{ name: `ens${18 + index}`, 'hardware-address': mac },
    'ip-addresses': [address('ipv4', given, Number(length ?? 24)), address('ipv6', linkLocal(mac), 64)],
    statistics: Object.fromEntries(counts),
  };
}

function address(type: 'ipv4' | 'ipv6', text: string, prefix: number): JsonObject {
  return { 'ip-address': text, 'ip-address-type': type, prefix };
}

/** The address that an interface gives itself (RFC 4291, appendix A). */
function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}`;
}
