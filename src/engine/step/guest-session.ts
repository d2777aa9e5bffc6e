import { PvevmError } from '../../core/error.ts';
import { type Json, type JsonObject, jsonEqual } from '../../core/json.ts';
import type { GuestPlan } from '../../core/plan.ts';
import type { StepRequest } from '../../core/step.ts';
import type { Pending, PendingItem } from '../../pve/cluster-rows.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { Patience } from '../recovery/patience.ts';
import { waitForLock } from '../recovery/wait-for-lock.ts';
import { isSameButEnd } from './fill-until.ts';

/** How a guest that is locked is waited for, and read meanwhile. */
export interface Waiting {
  readonly reader: PveReader;
  readonly patience: Patience;
}

/** What one run knows of the guest that it changes. */
export interface GuestSession {
  /** Where it is: the planned node, or the one that it was brought to. */
  readonly node: string;
  /** The guest's id: the planned one, or the one that its creation took. */
  vmid: number;
  /** Whether the guest is there: before its create step it is not. */
  exists: boolean;
  /** The description that this run has made it with; undefined for a guest that was there. */
  made: unknown;
  /** The tasks that this run has started for it. */
  readonly tasks: Set<string>;
  /** The guest as it was read before the last write; undefined where it has not been. */
  readonly seen: Pending | undefined;
  /**
   * Reads the guest just before a write, and throws where it is not as the plan, and this run's own steps, left it. Any
   * lock but the one that may be in place is waited for.
   */
  check(lockInPlace: string | undefined, waiting: Waiting): Promise<Pending>;
  /** Notes what this run is about to write. */
  touch(request: StepRequest): void;
  /** Goes on with the guest on another node, where its volumes may have other names. */
  moveTo(node: string): void;
}

const OWN_BOOKKEEPING = /^(lock|parent|snaptime|vmstate|running.*|meta)$/;
// What a device that comes or goes changes besides: volumes that a removal or a replacement leaves, and the boot order
// (qemu-server: PVE/API2/Qemu.pm, update_vm_api).
const LEFT_BY_DEVICES = /^(unused\d+|boot|bootdisk)$/;
const DEVICE = /^(ide|sata|scsi|virtio|net|efidisk|tpmstate)\d+$/;

/** What tells a guest from another one of its id, by the word of a plan: `smbios1`, `vmgenid`, `ctime` or `digest`. */
export function incarnationOf(config: Pending, kind: string): string | undefined {
  const text = (key: string): string => String(config.items.get(key)?.value ?? '');
  if (kind === 'smbios1') return /(?:^|,)uuid=([^,]+)/.exec(text('smbios1'))?.[1]?.toLowerCase();
  if (kind === 'vmgenid') return text('vmgenid').toLowerCase();
  if (kind === 'ctime') return /(?:^|,)ctime=(\d+)/.exec(text('meta'))?.[1];
  return config.digest;
}

function withoutSize(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value).replace(/,size=[^,]+/, '');
}

/**
 * Whether a key now has what was pending before: a stop or a start applies that, whoever asked for it (qemu-server:
 * PVE/QemuServer.pm, vm_stop_cleanup).
 */
function tookPending(before: PendingItem | undefined, after: PendingItem | undefined): boolean {
  if (before?.delete !== undefined) return after === undefined;
  if (before?.pending === undefined || after === undefined) return false;
  const settled = after.pending === undefined && after.delete === undefined;
  return settled && withoutSize(after.value) === withoutSize(before.pending);
}

function sameItem(before: Pending, after: Pending, key: string): boolean {
  const left = before.items.get(key);
  const right = after.items.get(key);
  if (jsonEqual((left ?? null) as Json, (right ?? null) as Json)) return true;
  if (tookPending(left, right)) return true;
  const both = left !== undefined && right !== undefined && left.delete === right.delete;
  return (
    both &&
    withoutSize(left.value) === withoutSize(right.value) &&
    withoutSize(left.pending) === withoutSize(right.pending)
  );
}

/** The keys that differ between two reads and that neither this run nor Proxmox VE's own bookkeeping explains. */
function unexplainedKeys(before: Pending, after: Pending, touched: ReadonlySet<string>): readonly string[] {
  const keys = new Set([...before.items.keys(), ...after.items.keys()]);
  // A removal that was pending is carried out by any stop of the guest.
  const wentByStop = (key: string): boolean =>
    before.items.get(key)?.delete !== undefined && after.items.get(key) === undefined;
  const movedDevices = [...keys, ...touched].some((key) => DEVICE.test(key) && (touched.has(key) || wentByStop(key)));
  const isExplained = (key: string): boolean =>
    touched.has(key) || OWN_BOOKKEEPING.test(key) || (movedDevices && LEFT_BY_DEVICES.test(key));
  return [...keys].filter((key) => !isExplained(key) && !sameItem(before, after, key)).sort();
}

function words(value: Json | undefined): readonly string[] {
  return typeof value === 'string' ? value.split(/[,;\s]+/).filter((word) => word !== '') : [];
}

/** The config keys that the params of a write name: those that are set, deleted, reverted, resized and moved. */
export function keysOf(params: JsonObject): readonly string[] {
  const named = Object.keys(params).filter((key) => key !== 'digest' && key !== 'delete' && key !== 'revert');
  return [...named, ...words(params['delete']), ...words(params['revert']), ...words(params['disk'])];
}

function conflict(plan: GuestPlan, vmid: number, what: string): PvevmError {
  return new PvevmError('STALE', `cannot change ${plan.address}: ${what}`, {
    hints: [`Look at guest ${vmid} on ${plan.node}, and run the command again: it plans from what is there now.`],
  });
}

/** Begins a session for one resource of a plan. */
export function createGuestSession(plan: GuestPlan): GuestSession {
  let baseline: Pending | undefined;
  const touched = new Set<string>();
  let { node } = plan;
  const session: GuestSession = {
    get node() {
      return node;
    },
    vmid: plan.vmid,
    exists: plan.action !== 'create',
    made: undefined,
    tasks: new Set(),
    get seen() {
      return baseline;
    },
    check: async (lockInPlace, { reader, patience }) => {
      const place = { node, vmid: session.vmid };
      const what = `cannot change ${plan.address}`;
      const { config, found } = await waitForLock(place, lockInPlace, what, reader, patience).catch(
        (error: unknown) => {
          // Migrated by somebody else or by the HA manager, or destroyed.
          const isGone = error instanceof PvevmError && error.code === 'PVE_NOT_FOUND';
          throw isGone ? conflict(plan, session.vmid, `guest ${session.vmid} is no longer on ${node}`) : error;
        },
      );
      const kind = plan.incarnation?.slice(0, plan.incarnation.indexOf('='));
      if (kind !== undefined && kind !== 'digest' && `${kind}=${incarnationOf(config, kind)}` !== plan.incarnation) {
        throw conflict(plan, session.vmid, `guest ${session.vmid} is another guest than the one that was planned for`);
      }
      const description = config.items.get('description')?.value;
      if (baseline === undefined && session.made !== undefined && !isSameButEnd(description, session.made))
        throw conflict(
          plan,
          session.vmid,
          `guest ${session.vmid} is another guest than the one that this run has made`,
        );
      // The lock's coming and going changes the digest too.
      if (baseline === undefined && plan.digest !== null && found.digest === plan.digest) baseline = found;
      if (baseline === undefined && plan.digest !== null && config.digest !== plan.digest) {
        throw conflict(
          plan,
          session.vmid,
          `the configuration of guest ${session.vmid} has changed since it was planned`,
        );
      }
      if (baseline !== undefined) {
        const strange = unexplainedKeys(baseline, config, touched);
        if (strange.length > 0)
          throw conflict(
            plan,
            session.vmid,
            `somebody else changed ${strange.join(', ')} of guest ${session.vmid} meanwhile`,
          );
      }
      baseline = config;
      return config;
    },
    touch: (request) => {
      // What is no config write has parameters that only look like config keys: an alias has a name too.
      if (/\/firewall\/|^\/cluster\/|^\/pools/.test(request.path)) return;
      for (const key of keysOf(request.params)) touched.add(key);
      // The volumes of a template have other names than those of the guest that it was (qemu-server: PVE/API2/Qemu.pm, template).
      if (/\/qemu\/[^/]+\/template$/.test(request.path))
        for (const key of ['template', ...[...(baseline?.items.keys() ?? [])].filter((one) => DEVICE.test(one))])
          touched.add(key);
      // A change to Windows pins the machine's version (qemu-server: PVE/API2/Qemu.pm, update_vm_api).
      if (touched.has('ostype')) touched.add('machine');
    },
    moveTo: (target) => {
      node = target;
      for (const key of baseline?.items.keys() ?? []) if (DEVICE.test(key)) touched.add(key);
    },
  };
  return session;
}
