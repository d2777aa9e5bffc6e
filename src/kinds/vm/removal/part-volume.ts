import type { GuestRow } from '../../../pve/cluster-rows.ts';
import type { LiveState } from '../../kind.ts';
import { isUnusedKey, volumeIn } from '../disks/volumes.ts';

/** A guest that has another one's volume, with the config keys under which it has it. */
export interface Holder {
  readonly guest: GuestRow;
  readonly keys: readonly string[];
  readonly live: LiveState;
}

/** The guest whose volume it is, and the key under which it has it. */
export interface Owner {
  readonly node: string;
  readonly vmid: number;
  readonly key: string;
  readonly running: boolean;
  readonly template: boolean;
  /** The snapshots that hold the volume, in the order in which they can be removed. */
  readonly snapshots: readonly string[];
}

type Hold = 'held' | 'leaving' | 'coming';

// qemu-server: PVE/QemuServer/Drive.pm, the drives of each bus.
const SLOTS: Readonly<Record<string, number>> = { ide: 4, sata: 6, scsi: 31, virtio: 16 };

const busOf = (key: string): string => key.replace(/\d+$/, '');

/** Whether a volume is what a guest has now, and whether it is after its next full start. */
function holdOf(key: string, volume: string, { current, pending, running }: LiveState): Hold {
  if (volumeIn(key, current.get(key)) !== volume) return 'coming';
  return running && volumeIn(key, pending.get(key)) !== volume ? 'leaving' : 'held';
}

/** Whether a guest lets go of a drive while it runs (qemu-server: PVE/QemuServer.pm, vmconfig_hotplug_pending). */
function isUnplugged(key: string, { hotplug }: LiveState): boolean {
  return isUnusedKey(key) || (/^(?:scsi|virtio)\d+$/.test(key) && hotplug.has('disk'));
}

/** The places where a guest has a volume, in words: `scsi1 and unused0`, and since when, or how long still. */
export function placesText({ guest, keys, live }: Holder, volume: string): string {
  const places = keys.map((key) => {
    const hold = holdOf(key, volume, live);
    if (hold === 'leaving') return `${key} (its removal waits for a full stop of guest ${guest.vmid})`;
    return hold === 'coming' ? `${key} (from its next full start on)` : key;
  });
  return places.join(' and ');
}

/**
 * The commands by which a guest gives another one's volume up, each with its node. What a guest has as unused goes from
 * its config alone: Proxmox VE frees what is the guest's own (qemu-server: PVE/QemuServer.pm, try_deallocate_drive).
 */
export function partingCommands({ guest, keys, live }: Holder, volume: string): readonly string[] {
  const { vmid, node, type } = guest;
  const program = type === 'lxc' ? 'pct' : 'qm';
  const those = (hold: Hold): readonly string[] => keys.filter((key) => holdOf(key, volume, live) === hold);
  const [held, leaving, coming] = [those('held'), those('leaving'), those('coming')];
  const removal = held.length === 0 ? '' : ` --delete ${held.join(',')}`;
  // To delete what is to come would take what is there now.
  const withdrawal = coming.length === 0 ? '' : ` --revert ${coming.join(',')}`;
  const waiting = [...leaving, ...held.filter((key) => live.running && !isUnplugged(key, live))];
  return [
    ...(held.length > 0 && live.current.get('protection') === '1' ? [`${program} set ${vmid} --protection 0`] : []),
    ...(removal === '' && withdrawal === '' ? [] : [`${program} set ${vmid}${removal}${withdrawal}`]),
    ...(waiting.length === 0
      ? []
      : [`${program} shutdown ${vmid}  # it lets go of ${waiting.join(' and ')} at a full stop only`]),
  ].map((command) => `on ${node}: ${command}`);
}

/**
 * The slot of a guest that takes a disk of another one: where it has it already, if that is on the same bus, since the
 * disk takes its options along; else the lowest that is free.
 */
function slotFor(key: string, { keys, live }: Holder): string | undefined {
  const slots = keys.filter((place) => !isUnusedKey(place));
  const place = isUnusedKey(key) ? slots[0] : slots.find((slot) => busOf(slot) === busOf(key));
  if (place !== undefined) return place;
  const bus = isUnusedKey(key) ? 'scsi' : busOf(key);
  return Array.from({ length: SLOTS[bus] ?? 0 }, (_, index) => `${bus}${index}`).find(
    (slot) => !live.current.has(slot) && !live.pending.has(slot),
  );
}

/**
 * The commands that give a volume to a guest that has given it up, each with its node; none where that cannot be done
 * (qemu-server: PVE/API2/Qemu.pm, move_vm_disk: both on one node, the source stopped, no snapshot, no template).
 */
export function givingCommands(owner: Owner, holder: Holder): readonly string[] {
  const { guest } = holder;
  const slot = slotFor(owner.key, holder);
  if (owner.template || guest.template || guest.type !== 'qemu' || slot === undefined) return [];
  const { node, vmid, key, running, snapshots } = owner;
  const moves = node !== guest.node;
  const stops = running && (moves || !isUnusedKey(key));
  return [
    ...snapshots.map((name) => `on ${node}: qm delsnapshot ${vmid} ${name}`),
    ...(stops ? [`on ${node}: qm shutdown ${vmid}`] : []),
    ...(moves ? [`on ${node}: qm migrate ${vmid} ${guest.node}`] : []),
    `on ${guest.node}: qm disk move ${vmid} ${key} --target-vmid ${guest.vmid} --target-disk ${slot}`,
  ];
}
