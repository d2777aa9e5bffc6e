import type { Diagnostic } from '../../../core/diagnostic.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import type { PlanContext } from '../../kind.ts';
import { bridgeLack, vlansIn } from '../preflight/bridge-access.ts';
import { missingPool } from '../preflight/missing.ts';
import { hasOwnVolume, storageOf } from './cloned-texts.ts';
import { cloneError } from './find-source.ts';
import type { CloneMode, CloneSource } from './source.ts';

/** The path on which the token would need SDN.Use for a device of the source, and surely does not hold it. */
async function lacksBridge(text: string, node: string, context: PlanContext): Promise<string | undefined> {
  const partOf = (sub: string): string => new RegExp(`(?:^|,)${sub}=([^,]+)`).exec(text)?.[1] ?? '';
  const bridge = partOf('bridge');
  if (bridge === '') return undefined;
  const vlans = [...vlansIn(partOf('tag')), ...vlansIn(partOf('trunks'))];
  const lack = await bridgeLack({ bridge, vlans }, node, context);
  return lack === undefined || lack.uncertain ? undefined : lack.path;
}

/**
 * The privileges that the clone call itself needs and the token does not hold, and a pool that is not there
 * (qemu-server: PVE/API2/Qemu.pm, clone_vm): VM.Clone on the source, VM.Allocate on the new id or the pool,
 * Datastore.AllocateSpace where volumes are made, SDN.Use on the bridges of the source's interfaces.
 */
export async function clonePrivileges(
  resource: Resource,
  source: CloneSource,
  mode: CloneMode,
  vmid: number,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { cluster, user } = context;
  const pool = resource.spec['pool'];
  const problems: Diagnostic[] = [];
  const lack = (what: string, privilege: string, path: string, remedy = `on ${path}`): void =>
    void problems.push(
      cloneError(
        resource,
        'PERMISSION',
        'a privilege is missing',
        `${what} needs ${privilege} on ${path}, which ${user} does not hold. Give it a role with that privilege ${remedy}.`,
      ),
    );
  if (!(await cluster.holds(`/vms/${source.vmid}`, 'VM.Clone')))
    lack(`cloning ${source.name}`, 'VM.Clone', `/vms/${source.vmid}`);
  const inPool = typeof pool === 'string' && (await cluster.holds(`/pool/${pool}`, 'VM.Allocate'));
  if (!inPool && !(await cluster.holds(`/vms/${vmid}`, 'VM.Allocate')))
    lack(
      'creating the guest',
      'VM.Allocate',
      `/vms/${vmid}`,
      `on /vms${typeof pool === 'string' ? ` or /pool/${pool}` : ''}`,
    );
  const targets = new Set<string>();
  for (const [key, text] of source.texts) {
    const storage = storageOf(text);
    if (hasOwnVolume(key, text) && storage !== undefined) targets.add(mode.storage ?? storage);
    const path = /^net\d+$/.test(key) ? await lacksBridge(text, source.node, context) : undefined;
    if (path !== undefined) lack(`${key} of the clone`, 'SDN.Use', path);
  }
  for (const storage of targets) {
    const path = `/storage/${storage}`;
    if (!(await cluster.holds(path, 'Datastore.AllocateSpace'))) lack('its disks', 'Datastore.AllocateSpace', path);
  }
  const missing =
    typeof pool === 'string' ? await missingPool(resource, pool, originOf(resource, '/pool'), cluster) : undefined;
  return missing === undefined ? problems : [...problems, missing];
}
