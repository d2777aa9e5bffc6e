import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { told } from '../../told.ts';
import { DRIVE_PATH } from '../cloud-init/drive.ts';

const SUMMARY = 'a privilege is missing';

/**
 * A registration that is asked for, and which the token may not read: a guest would look unregistered whether it is or
 * not, now and after the run (pve-ha-manager: PVE/API2/HA/Resources.pm, index).
 */
export async function unreadHa(resource: Resource, { cluster, user }: PlanContext): Promise<readonly Diagnostic[]> {
  const written = resource.spec['ha'];
  if (written === undefined || written === null || written === false) return [];
  if (await cluster.holds('/', 'Sys.Audit')) return [];
  const detail = `ha is compared with what is registered, and reading that needs Sys.Audit on /, which ${user} does not hold. Give it a role with that privilege there, or leave ha out.`;
  return [told(resource, 'ha', 'error', 'PERMISSION', SUMMARY, detail)];
}

/** A storage on which the token may not make the cloud-init drive (qemu-server: PVE/API2/Qemu.pm, check_storage_access). */
export async function cloudInitSpace(
  resource: Resource,
  { desired }: Observation,
  changes: readonly Change[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const slot = desired.find((managed) => managed.path === DRIVE_PATH && managed.value === true)?.key;
  const isMade = changes.some(
    ({ key, path, before, after, state }) =>
      key === slot &&
      state === 'change' &&
      after !== null &&
      (path === 'cloudInit.storage' || (path === DRIVE_PATH && before === null)),
  );
  const storage = desired.find((managed) => managed.path === 'cloudInit.storage')?.value;
  if (!isMade || typeof storage !== 'string') return [];
  const path = `/storage/${storage}`;
  if (await cluster.holds(path, 'Datastore.AllocateSpace')) return [];
  const detail = `the cloud-init drive needs Datastore.AllocateSpace on ${path}, which ${user} does not hold. Give it a role with that privilege there (PVEDatastoreUser has it).`;
  return [told(resource, 'cloudInit.storage', 'error', 'PERMISSION', SUMMARY, detail)];
}
