import type { Diagnostic } from '../../core/diagnostic.ts';
import type { ErrorCode } from '../../core/error.ts';
import type { Change } from '../../core/plan.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { displaySize, parseSize } from '../../core/units.ts';
import type { Observation, PlanContext } from '../kind.ts';
import { told } from '../told.ts';
import { templateProblems } from './clone/template.ts';
import { cloudInitProblems } from './cloud-init/review.ts';
import { missingMappings } from './devices/missing-mappings.ts';
import { missingScript } from './devices/missing-script.ts';
import { diskProblems } from './disks/review-disks.ts';
import { slotProblems } from './disks/slots.ts';
import { waitsForStart } from './disks/volume-change.ts';
import { ttlProblems } from './ephemeral/ephemeral.ts';
import { firewallProblems } from './firewall/review.ts';
import { haProblems } from './ha/review.ts';
import { otherStackFindings } from './identity/other-stack.ts';
import { lockedGuest } from './leftovers/locked.ts';
import { straysOfNew } from './leftovers/strays.ts';
import { poolPrivileges } from './pool.ts';
import { reviewAroundStop } from './power/review-around.ts';
import { powerProblems } from './power/review-power.ts';
import { bridgePrivileges } from './preflight/bridge-privileges.ts';
import { capacityProblems } from './preflight/capacity.ts';
import { copiedMark } from './preflight/copied-mark.ts';
import { unsharedUnderHa } from './preflight/ha-storage.ts';
import { incompleteDevices } from './preflight/incomplete.ts';
import { limitConflicts } from './preflight/limits.ts';
import { missingBridge, missingPool, missingStorage } from './preflight/missing.ts';
import { missingBootDevices } from './preflight/missing-boot.ts';
import { cloudInitSpace, unreadHa } from './preflight/other-privileges.ts';
import { missingPrivileges } from './preflight/privileges.ts';
import { quorumProblem } from './preflight/quorum.ts';
import { sharedMacs } from './preflight/same-mac.ts';
import { scarceSpace } from './preflight/space.ts';
import { wantedBridges, wantedDisks, wantedFirmware } from './wants.ts';

function problem(resource: Resource, { path }: Change, code: ErrorCode, summary: string, detail: string): Diagnostic {
  return told(resource, path, 'error', code, summary, detail);
}

/** What Proxmox VE cannot change in place. */
function impossible(resource: Resource, change: Change, vmid: number): Diagnostic | undefined {
  if (change.state !== 'change' || change.after === null) return undefined;
  if (change.before === null) {
    if (!/^disks\.[^.]+\.(storage|size)$/.test(change.path)) return undefined;
    const detail = `${change.path} is ${String(change.after)} (${change.origin}), but ${change.key} of guest ${vmid} is no volume of a storage, so that it has none. Leave ${change.path} out.`;
    return problem(resource, change, 'IMPOSSIBLE', 'the disk is no volume of a storage', detail);
  }
  const before = String(change.before);
  const after = String(change.after);
  const from = `${change.path} is ${before}, and ${after} is wanted (${change.origin})`;
  if (/^disks\.[^.]+\.size$/.test(change.path)) {
    const [live = 0, wanted = 0] = [parseSize(before), parseSize(after)];
    if (wanted >= live) return undefined;
    return problem(
      resource,
      change,
      'IMPOSSIBLE',
      'a disk cannot shrink',
      `${from}. Proxmox VE cannot make a disk smaller. Write ${displaySize(live).replace(' ', '')} or more.`,
    );
  }
  if (change.path === 'system.smbios.uuid') {
    const detail = `${from}. The uuid is what guest ${vmid} is known by, and another one would be another guest. Leave uuid out.`;
    return problem(resource, change, 'IMPOSSIBLE', 'the uuid of a guest stays', detail);
  }
  if (/^system\.(efi|tpm)\.(type|preEnrolledKeys|version)$/.test(change.path)) {
    return problem(
      resource,
      change,
      'IMPOSSIBLE',
      'the device cannot be changed in place',
      `${from}. Changing it would mean a new ${change.key}, and the loss of what the old one holds. Write ${before}.`,
    );
  }
  return undefined;
}

// What a state of an HA resource does to power; `ignored` leaves the guest alone.
const POWER_OF_STATE: Readonly<Record<string, string>> = {
  started: 'running',
  stopped: 'stopped',
  disabled: 'stopped',
};

/** A registration that would power the guest on or off, though nobody wrote `power`. */
function poweringRegistration(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
): Diagnostic | undefined {
  const registered = changes.some((change) => change.key === 'ha' && change.after !== null);
  const state = changes.find((change) => change.path === 'ha.state');
  const wanted = POWER_OF_STATE[String(state?.after)];
  const power = observation.live?.running === true ? 'running' : 'stopped';
  if (!registered || state === undefined || resource.spec['power'] !== undefined) return undefined;
  if (wanted === undefined || wanted === power) return undefined;
  const who = observation.live === undefined ? 'A new guest' : 'The guest';
  const detail = `${who} is ${power}, and HA would bring it to ${wanted} (${state.origin}). Write power: ${wanted} beside it if that is what you want, or leave ha.state out.`;
  return problem(resource, state, 'SPEC_INVALID', 'registering would change power', detail);
}

async function missingObjects(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { node } = observation;
  const { cluster } = context;
  const found: (Diagnostic | undefined)[] = [];
  const added = new Set(
    changes
      // What waits for a restart is written already, and nothing of it is asked for.
      .filter(
        ({ before, after, state, withdraws }) =>
          state === 'change' && before === null && after !== null && withdraws !== true,
      )
      .map(({ key }) => key),
  );
  // Of a guest that is there, mostly nothing is added.
  const disks = added.size === 0 ? [] : [...wantedDisks(resource), ...wantedFirmware(resource)];
  for (const disk of disks) {
    if (added.has(disk.slot)) found.push(await missingStorage(resource, { ...disk, content: 'images' }, node, cluster));
  }
  const nics = changes.some(({ key }) => key.startsWith('net')) ? wantedBridges(resource) : [];
  for (const nic of nics) {
    const touched =
      added.has(nic.slot) || changes.some((change) => change.path === nic.path && change.state === 'change');
    if (touched) found.push(await missingBridge(resource, nic, node, cluster));
  }
  const pool = changes.find((change) => change.key === 'pool')?.after;
  if (typeof pool === 'string') found.push(await missingPool(resource, pool, originOf(resource, '/pool'), cluster));
  return unique(found.filter((diagnostic) => diagnostic !== undefined));
}

/** One default may be missed by several devices: it is told once. */
function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = diagnostic.detail.replace(/^\S+ /, '');
    return !told.has(key) && told.add(key);
  });
}

async function reviewChanges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const refused = changes
    .filter((change) => !waitsForStart(change, observation.live))
    .map((change) => impossible(resource, change, observation.vmid))
    .filter((diagnostic) => diagnostic !== undefined);
  const powering = poweringRegistration(resource, observation, changes);
  const missing = await missingObjects(resource, observation, changes, context);
  const space = await scarceSpace(resource, observation, changes, context);
  return [
    ...refused,
    ...templateProblems(resource, observation, changes),
    ...slotProblems(resource, observation, changes),
    ...incompleteDevices(resource, observation, changes),
    ...missingBootDevices(resource, observation, changes),
    ...(await cloudInitProblems(resource, observation, changes, context)),
    ...limitConflicts(resource, observation, changes),
    ...(await diskProblems(resource, observation, changes, context)),
    ...(powering === undefined ? [] : [powering]),
    ...(await missingMappings(resource, observation, changes, context)),
    ...(await missingScript(resource, observation, changes, context)),
    ...missing,
    ...space,
    ...(await firewallProblems(resource, observation, changes, context)),
    ...(await haProblems(resource, observation, changes, context)),
    ...(await unsharedUnderHa(resource, observation, changes, context)),
    ...(await bridgePrivileges(resource, observation, changes, context)),
    ...(await cloudInitSpace(resource, observation, changes, context)),
    ...(await poolPrivileges(resource, observation, changes, context)),
    ...(await missingPrivileges(resource, observation, changes, context)),
  ];
}

/**
 * Finds, before anything is written, what would make the changes fail: missing objects, shrinking disks, privileges, and
 * what stands in the way of the power that they take.
 */
export async function reviewVm(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  return [
    ...ttlProblems(resource, context.project),
    ...(await quorumProblem(resource, changes, context.cluster)),
    ...(await unreadHa(resource, context)),
    ...copiedMark(resource, observation),
    ...otherStackFindings(resource, observation, changes, context),
    ...(await straysOfNew(resource, observation, context)),
    ...(await lockedGuest(resource, observation, changes, context)),
    ...sharedMacs(resource, context),
    ...(await reviewAroundStop(resource, observation, changes, context, reviewChanges)),
    ...(await powerProblems(resource, observation, changes, context)),
    ...(await capacityProblems(resource, observation, changes, context)),
  ];
}
