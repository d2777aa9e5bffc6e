import type { Field } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import { MIB } from '../../core/units.ts';
import { codecOf } from '../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue } from '../kind.ts';
import { decodeVm } from './live.ts';
import { isInVersion } from './project.ts';

/** What decides what absence means: the document, the guest that it is for, and the server's version. */
export interface Circumstances {
  readonly values: readonly ManagedValue[];
  /** Undefined where the guest is to be created. */
  readonly live: LiveState | undefined;
  readonly version: string;
}

/** What a key, or a sub-key, will hold: the document's value, or else the guest's, in canonical form. */
function future({ values, live }: Circumstances, key: string, codec: string, sub?: string): Json | undefined {
  const managed = values.find((value) => value.key === key && value.sub === sub);
  if (managed !== undefined) return managed.value;
  const text = live?.pending.get(key);
  const part = text === undefined || sub === undefined ? text : decodeVm(key, text)?.[sub];
  return part === undefined ? undefined : codecOf(codec).parse(part);
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** The sub-keys below that `absentHere` tells apart. */
const SUBS: ReadonlySet<string> = new Set(['cputype', 'mtu', 'type']);

/**
 * What the absence of a field's key means, in the words of a spec, where that hangs on other keys or on the server's
 * version; undefined where it means nothing else. All processors are there at start, ballooning leaves the guest all of
 * its memory, Windows expects local time, and models of other machines have other defaults (qemu-server:
 * PVE/QemuServer.pm, PVE/QemuServer/Memory.pm, CPUConfig.pm, Network.pm).
 */
function absentHere(managed: ManagedValue, here: Circumstances): Json | undefined {
  const { key, sub, field } = managed;
  // Asked for each value of each guest, of which few hang on others.
  if (sub !== undefined && !SUBS.has(sub)) return field.absent;
  const osType = (): string => String(future(here, 'ostype', 'string') ?? 'other');
  const isArm = (): boolean => future(here, 'arch', 'string') === 'aarch64';
  switch (sub === undefined ? key : `${key.replace(/\d+$/, '*')} ${sub}`) {
    case 'balloon':
      return `${numberOf(future(here, 'memory', 'mebibytes', 'current'), 512 * MIB) / MIB}MiB`;
    case 'cpu cputype':
      return isArm() ? 'host' : future(here, 'kvm', 'boolean') === false ? 'qemu64' : field.absent;
    case 'localtime':
      return osType().startsWith('w');
    case 'machine type':
      return isArm() ? 'virt' : field.absent;
    case 'net* mtu':
      // Older versions leave the guest its own MTU where none is given.
      return future(here, key, 'string', 'model') === 'virtio' && isInVersion({ ...field, since: '9.2' }, here.version)
        ? 1
        : field.absent;
    case 'vcpus':
      return numberOf(future(here, 'cores', 'integer'), 1) * numberOf(future(here, 'sockets', 'integer'), 1);
    case 'vga type':
      return isArm() ? 'virtio' : /^(wxp|w2k|w2k3)$/.test(osType()) ? 'cirrus' : field.absent;
    case 'vmgenid':
      // A new guest gets an id where none is asked for, on x86 (PVE/API2/Qemu.pm, create_vm).
      return here.live === undefined && !isArm() ? field.absent : false;
    default:
      return field.absent;
  }
}

/** A managed value's field with what the absence of its key means here. */
export function withAbsentHere(managed: ManagedValue, here: Circumstances): Field {
  const absent = absentHere(managed, here);
  return absent === undefined || absent === managed.field.absent ? managed.field : { ...managed.field, absent };
}
