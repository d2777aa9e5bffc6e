import type { Field } from '../../../core/field.ts';
import { originOf, type Resource, valueAt } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { driveValues } from './drive.ts';

const ADDRESS = /^(cloudInit\.addresses\.net\d+)\.(ipv4|ipv6)$/;
// qemu-server: PVE/QemuServer/Cloudinit.pm: a gateway goes with an address of the interface's own.
const WITHOUT_GATEWAY = new Set(['dhcp', 'auto']);

function fieldAt(path: string): Field {
  // The schema has it: the paths below are its own.
  return vmFields.find((field) => field.path === path) as Field;
}

/** The addresses of every interface that the guest has any for, as absent: `addresses: null` names none of them. */
function clearedAddresses(resource: Resource, live: LiveState | undefined): readonly ManagedValue[] {
  const isNull = resource.spec['cloudInit'] === null || valueAt(resource.spec, '/cloudInit/addresses') === null;
  if (!isNull || live === undefined) return [];
  const origin = originOf(resource, '/cloudInit/addresses');
  const { class: changeClass = 'C', privilege } = fieldAt('cloudInit.addresses.*.ipv4');
  return [...new Set([...live.current.keys(), ...live.pending.keys()])]
    .filter((key) => /^ipconfig\d+$/.test(key))
    .sort()
    .map((key) => {
      const path = `cloudInit.addresses.${key.replace('ipconfig', 'net')}`;
      return {
        path,
        key,
        field: {
          path,
          key,
          codec: 'string',
          class: changeClass,
          ...(privilege === undefined ? {} : { privilege }),
          description: fieldAt('cloudInit.addresses').description,
        },
        value: undefined,
        origin: origin.text,
        builtIn: origin.builtIn,
      };
    });
}

/** The gateways that go with the address that they belonged to, where the document does not speak of them. */
function clearedGateways(values: readonly ManagedValue[]): readonly ManagedValue[] {
  return values.flatMap((managed) => {
    const [, base, family] = ADDRESS.exec(managed.path) ?? [];
    if (base === undefined || (managed.value !== undefined && !WITHOUT_GATEWAY.has(String(managed.value)))) return [];
    const name = family === 'ipv4' ? 'gateway4' : 'gateway6';
    const path = `${base}.${name}`;
    if (values.some((other) => other.path === path)) return [];
    const field = fieldAt(`cloudInit.addresses.*.${name}`);
    return [{ ...managed, path, ...(field.sub === undefined ? {} : { sub: field.sub }), field, value: undefined }];
  });
}

/** The form that Proxmox VE takes where none is set (qemu-server: PVE/QemuServer/Cloudinit.pm, get_cloudinit_format). */
function defaultType(resource: Resource, live: LiveState | undefined): string {
  const ostype = valueAt(resource.spec, '/os/type') ?? live?.pending.get('ostype');
  return typeof ostype === 'string' && ostype.startsWith('w') ? 'configdrive2' : 'nocloud';
}

/**
 * The managed values of a document with what it says of cloud-init beside its keys: the drive, addresses and gateways
 * that go, and the default form of the data.
 */
export function withCloudInit(
  resource: Resource,
  values: readonly ManagedValue[],
  live: LiveState | undefined,
): readonly ManagedValue[] {
  if (resource.spec['cloudInit'] === undefined) return values;
  const own = values.map((managed) =>
    managed.path === 'cloudInit.type'
      ? { ...managed, field: { ...managed.field, absent: defaultType(resource, live) } }
      : managed,
  );
  return [...own, ...clearedGateways(own), ...clearedAddresses(resource, live), ...driveValues(resource, live)];
}
