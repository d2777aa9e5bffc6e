import { isWholeDevice } from '../../../core/field.ts';
import type { LiveState, ManagedValue } from '../../kind.ts';
import { isAttribute } from '../create.ts';
import { storedParts } from '../live.ts';

/** A pending value that the document does not manage. */
export interface ForeignPending {
  /** The config key, with the sub-key where it is a part of one: `net0.mtu`. */
  readonly name: string;
  /** What it is now, and what it will be; undefined is absence. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function orderOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : (storedParts('boot', text)?.['order']?.split(';') ?? []);
}

/**
 * Whether Proxmox VE itself made the pending value, of another key's: it takes what is removed out of the boot order and
 * adds a new CD drive (PVE/API2/Qemu.pm, update_vm_api), and pins the machine where the system becomes a Windows.
 */
function isConsequence(key: string, live: LiveState): boolean {
  const goesOrComes = (device: string): boolean => live.current.has(device) !== live.pending.has(device);
  if (key === 'boot') {
    const [now, next] = [orderOf(live.current.get('boot')), orderOf(live.pending.get('boot'))];
    const kept = now.filter((device) => next.includes(device));
    const sameOrder = kept.join(';') === next.filter((device) => now.includes(device)).join(';');
    const differing = [
      ...now.filter((device) => !next.includes(device)),
      ...next.filter((device) => !now.includes(device)),
    ];
    return sameOrder && differing.length > 0 && differing.every(goesOrComes);
  }
  if (key === 'bootdisk') return !live.pending.has(key);
  return key === 'machine' && live.current.get('ostype') !== live.pending.get('ostype');
}

/** The parts of a property string that are pending and not managed; the size of a volume is nobody's wish. */
function foreignParts(
  key: string,
  before: string,
  after: string,
  values: readonly ManagedValue[],
): readonly ForeignPending[] {
  const [now, next] = [storedParts(key, before), storedParts(key, after)];
  if (now === undefined || next === undefined) return [];
  const managed = new Set(values.map((value) => value.sub));
  const subs = [...new Set([...Object.keys(now), ...Object.keys(next)])].sort();
  return subs
    .filter((sub) => sub !== 'size' && !managed.has(sub) && now[sub] !== next[sub])
    .map((sub) => ({ name: `${key}.${sub}`, before: now[sub], after: next[sub] }));
}

/** The pending values of a guest that its document does not manage, and that a restart would apply all the same. */
export function foreignPending(live: LiveState, desired: readonly ManagedValue[]): readonly ForeignPending[] {
  const keys = [...new Set([...live.current.keys(), ...live.pending.keys()])].sort();
  return keys.flatMap((key): readonly ForeignPending[] => {
    const [before, after] = [live.current.get(key), live.pending.get(key)];
    if (before === after || isAttribute(key) || isConsequence(key, live)) return [];
    const values = desired.filter((managed) => managed.key === key);
    if (values.length === 0) return [{ name: key, before, after }];
    // What is managed as a whole, is removed, or is written anew as one, is the document's.
    const isWhole = values.some(
      (managed) => managed.sub === undefined && (managed.value === undefined || !isWholeDevice(managed.field)),
    );
    if (isWhole || before === undefined || after === undefined) return [];
    return foreignParts(key, before, after, values);
  });
}
