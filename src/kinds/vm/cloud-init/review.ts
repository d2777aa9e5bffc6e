import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { LiveState, Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { isCloudInitDrive, storedParts } from '../live.ts';
import { missingStorage } from '../preflight/missing.ts';
import { holds } from '../preflight/privileges.ts';
import { cloudInitSlot, DRIVE_PATH } from './drive.ts';
import { regenerates } from './steps.ts';

function problem(resource: Resource, path: string, code: ErrorCode, summary: string, detail: string): Diagnostic {
  return told(resource, path, 'error', code, summary, detail);
}

function isProtected({ desired, live }: Observation): boolean {
  const managed = desired.find((value) => value.key === 'protection');
  return managed === undefined ? live?.pending.get('protection') === '1' : managed.value === true;
}

/** What a running guest does with a drive that is taken from it: only scsi is unplugged, and none that it was booted with. */
function unplugging(slot: string, { current, hotplug }: LiveState): 'at once' | 'refused' | 'pending' {
  if (!slot.startsWith('scsi') || !hotplug.has('disk')) return 'pending';
  const boot = current.get('boot');
  const order = boot === undefined ? undefined : storedParts('boot', boot)?.['order'];
  return order?.split(';').includes(slot) === true ? 'refused' : 'at once';
}

/** What stands in the way of a drive that goes, moves or is made anew on another storage. */
function driveProblem(resource: Resource, observation: Observation, change: Change): Diagnostic | undefined {
  const { live, vmid } = observation;
  const { key, path, before, after } = change;
  if (live === undefined || change.state !== 'change' || change.withdraws === true) return undefined;
  const refuse = (summary: string, detail: string): Diagnostic =>
    problem(resource, path, 'IMPOSSIBLE', summary, detail);
  const text = live.pending.get(key);
  if (before === null) {
    const kept = live.running ? cloudInitSlot(live.current) : undefined;
    if (kept !== undefined && kept !== key && !live.pending.has(kept)) {
      const detail = `cloudInit.drive is ${key} (${change.origin}), and guest ${vmid} has its drive in ${kept} until it restarts: there can be no second one before. Shut the guest down, and apply again.`;
      return refuse('a running guest keeps its cloud-init drive', detail);
    }
    if (text === undefined || isCloudInitDrive(text)) return undefined;
    const detail = `cloudInit.drive is ${key} (${change.origin}), and ${key} of guest ${vmid} holds ${text}. Write another slot, or leave drive out.`;
    return refuse('the slot is taken', detail);
  }
  if (isProtected(observation)) {
    const detail = `Guest ${vmid} has protection set, which refuses the removal of ${key}. Write protection: false beside it.`;
    return refuse('the guest is protected', detail);
  }
  if (!live.running) return undefined;
  const fate = unplugging(key, live);
  // A removal may wait for a restart; a drive that takes another's place cannot, and one in the same slot would leave
  // the old volume behind.
  if (after === null && (fate === 'at once' || (fate === 'pending' && path === DRIVE_PATH))) return undefined;
  const detail = `${path} would take the cloud-init drive ${key} out of guest ${vmid} (${change.origin}), and a running guest does not let go of it: there can be no second one before. Shut the guest down, and apply again.`;
  return refuse('a running guest keeps its cloud-init drive', detail);
}

/** Whether a change takes a cloud-init drive away that the running guest does not let go of. */
export function isKeptDrive(resource: Resource, observation: Observation, change: Change): boolean {
  const { live } = observation;
  if (live === undefined || !isOfDrive(change)) return false;
  const stopped = { ...observation, live: { ...live, running: false } };
  return (
    driveProblem(resource, observation, change) !== undefined && driveProblem(resource, stopped, change) === undefined
  );
}

function isOfDrive({ path }: Change): boolean {
  return /^cloudInit(?:\.(?:drive|storage|format))?$/.test(path);
}

async function storageProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const slot = observation.desired.find((managed) => managed.path === DRIVE_PATH && managed.value === true)?.key;
  const needs = changes.some(
    ({ key, path, before, after, state }) =>
      key === slot &&
      state === 'change' &&
      after !== null &&
      (path === 'cloudInit.storage' || (path === DRIVE_PATH && before === null)),
  );
  if (!needs) return [];
  const wanted = observation.desired.find((managed) => managed.path === 'cloudInit.storage');
  if (wanted === undefined) {
    const detail =
      'The cloud-init drive goes to the storage of the first disk, and there is none. Write cloudInit.storage.';
    return [problem(resource, DRIVE_PATH, 'SPEC_INVALID', 'the cloud-init drive has no storage', detail)];
  }
  const origin = originOf(resource, '/cloudInit/storage');
  const wish = { storage: String(wanted.value), content: 'images', path: 'cloudInit.storage', origin } as const;
  const missing = await missingStorage(resource, wish, observation.node, context.cluster);
  return missing === undefined ? [] : [missing];
}

async function snippetProblem(
  resource: Resource,
  { node }: Observation,
  change: Change,
  { cluster }: PlanContext,
): Promise<Diagnostic | undefined> {
  const volid = String(change.after);
  const storage = volid.slice(0, volid.indexOf(':'));
  const origin = originOf(resource, `/${change.path.replaceAll('.', '/')}`);
  const wish = { storage, content: 'snippets', path: change.path, origin } as const;
  const missing = await missingStorage(resource, wish, node, cluster);
  if (missing !== undefined) return missing;
  const files = await unlessRefused(cluster.content(node, storage, 'snippets'), undefined);
  const known = files?.map((file) => file.volid).sort();
  if (known === undefined || known.includes(volid)) return undefined;
  const offers = known.length === 0 ? `${storage} holds no snippets.` : `${storage} holds: ${known.join(', ')}.`;
  const detail = `${change.path} is ${volid} (${origin.text}), which ${node} does not have, and the guest would not start. ${offers}`;
  return problem(resource, change.path, 'MISSING', 'the snippet does not exist', detail);
}

async function privilegeProblem(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const privilege = 'VM.Config.Cloudinit';
  const path = `/vms/${observation.vmid}`;
  const moves = changes.some((change) => change.path === DRIVE_PATH && change.state === 'change');
  if (!moves && !regenerates(resource, observation, changes)) return [];
  if (await holds(context, path, resource.spec['pool'], privilege)) return [];
  const what = moves ? 'the cloud-init drive' : 'making the cloud-init drive anew';
  const detail = `${what} needs ${privilege} on ${path}, which ${context.user} does not hold. Give it a role with that privilege on /vms.`;
  return [problem(resource, DRIVE_PATH, 'PERMISSION', 'a privilege is missing', detail)];
}

/**
 * What would make changes to cloud-init fail: a storage or a snippet that is not there, a slot that is taken, a drive
 * that a running guest does not let go of (qemu-server: PVE/QemuServer.pm, vm_deviceunplug), a missing privilege.
 */
export async function cloudInitProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const ours = changes.filter((change) => change.path.startsWith('cloudInit'));
  const drives = ours.filter(isOfDrive);
  const found: (Diagnostic | undefined)[] = drives.map((change) => driveProblem(resource, observation, change));
  for (const change of ours) {
    if (change.key === 'cicustom' && change.after !== null && change.state === 'change')
      found.push(await snippetProblem(resource, observation, change, context));
  }
  return [
    ...found.filter((diagnostic) => diagnostic !== undefined),
    ...(await storageProblems(resource, observation, changes, context)),
    ...(await privilegeProblem(resource, observation, changes, context)),
  ];
}
