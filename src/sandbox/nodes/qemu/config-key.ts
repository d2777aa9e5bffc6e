import type { Json } from '../../../core/json.ts';
import type { ApiFacts, ParameterFact, PropertyFormat } from '../../../pve/facts/facts.ts';

/** The disk slots in the order in which Proxmox VE looks for a bootable one (qemu-server: PVE/QemuServer/Drive.pm). */
export const BOOT_DRIVE_KEYS: readonly string[] = [
  ...slots('ide', 4),
  ...slots('scsi', 31),
  ...slots('virtio', 16),
  ...slots('sata', 6),
];

const DRIVE_KEYS: ReadonlySet<string> = new Set([...BOOT_DRIVE_KEYS, 'efidisk0', 'tpmstate0']);

/** Parameters of the update call that are no config keys. */
const CONTROL = new Set(['node', 'vmid', 'delete', 'revert', 'digest', 'force', 'skiplock', 'cdrom']);

/** Config keys that the update call does not take, but may delete. */
const INTERNAL = new Set([
  'vmstate',
  'parent',
  'snaptime',
  'runningmachine',
  'runningcpu',
  'running-nets-host-mtu',
  'meta',
  'cdrom',
]);

const CLOUD_INIT_KEYS = new Set([
  'cicustom',
  'cipassword',
  'citype',
  'ciupgrade',
  'ciuser',
  'nameserver',
  'searchdomain',
  'sshkeys',
]);

const parametersOf = new WeakMap<ApiFacts, Readonly<Record<string, ParameterFact>>>();

function slots(bus: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${bus}${index}`);
}

/** Whether a key holds a drive; `unusedN` does not count, as in qemu-server's is_valid_drivename. */
export function isDriveKey(key: string): boolean {
  return DRIVE_KEYS.has(key);
}

/** Whether a key is a cloud-init setting, `ipconfigN` among them. */
export function isCloudInitKey(key: string): boolean {
  return CLOUD_INIT_KEYS.has(key) || /^ipconfig\d+$/.test(key);
}

/** What the API facts say of a config key; undefined for a key that the update call does not take. */
export function configFact(facts: ApiFacts, key: string): ParameterFact | undefined {
  let parameters = parametersOf.get(facts);
  if (parameters === undefined) {
    const update = facts.endpoints.find(
      ({ path, method }) => method === 'PUT' && path === '/nodes/{node}/qemu/{vmid}/config',
    );
    parameters = update?.parameters ?? {};
    parametersOf.set(facts, parameters);
  }
  if (CONTROL.has(key)) return undefined;
  return parameters[key] ?? parameters[key.replace(/\d+$/, '[n]')];
}

/** Whether a key may stand in a config file at all, so that `delete=` takes it. */
export function isConfigKey(facts: ApiFacts, key: string): boolean {
  return INTERNAL.has(key) || configFact(facts, key) !== undefined;
}

/** The format of a config key that is a property string; an empty one where the facts have none. */
export function configFormat(facts: ApiFacts, key: string): PropertyFormat {
  const name = configFact(facts, key)?.format;
  const format = name === undefined ? undefined : facts.formats[name];
  return format === undefined || format === 'validator' ? {} : format;
}

/** A value as the API returns it: integers and booleans as numbers, everything else as text (check_type). */
export function apiValue(facts: ApiFacts, key: string, text: string): Json {
  if (key === 'cipassword') return '**********';
  if (key === 'snaptime') return Number(text);
  const type = configFact(facts, key)?.type;
  return (type === 'integer' || type === 'boolean') && /^-?\d+$/.test(text) ? Number(text) : text;
}

/** Values of a property string with booleans as `1` and `0`, as Proxmox VE re-prints them. */
export function withPlainBooleans(
  values: Readonly<Record<string, string>>,
  format: PropertyFormat,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const isBoolean = format[key]?.type === 'boolean';
    result[key] = isBoolean ? (/^(1|on|yes|true)$/i.test(value) ? '1' : '0') : value;
  }
  return result;
}
