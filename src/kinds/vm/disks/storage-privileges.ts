import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { decodeVm } from '../live.ts';
import { wantedDisks, wantedFirmware } from '../wants.ts';
import { destroysUnused } from './destroy-unused.ts';
import { changeProblem } from './problem.ts';
import { movesIn } from './review-moves.ts';
import { isGrowth } from './volume-change.ts';
import { storageOf, unusedVolumes, volumeIn } from './volumes.ts';

interface Use {
  readonly storage: string;
  readonly what: string;
  readonly path: string;
}

/** What a plan allocates, grows or destroys on storages (qemu-server: PVE/API2/Qemu.pm, check_storage_access). */
function usesOf(resource: Resource, { live }: Observation, changes: readonly Change[]): readonly Use[] {
  const written = changes.filter((change) => change.state === 'change');
  const added = new Set(
    written
      .filter(({ before, after, withdraws }) => before === null && after !== null && withdraws !== true)
      .map(({ key }) => key),
  );
  const made = [...wantedDisks(resource), ...wantedFirmware(resource)]
    .filter(({ slot, size }) => added.has(slot) && size > 0)
    .map(({ storage, path, slot }) => ({ storage, path, what: slot }));
  if (live === undefined) return made;
  const moved = movesIn(written, live).map(({ storage, key, change }) => ({ storage, path: change.path, what: key }));
  const grown = written.filter(isGrowth).map(({ key, path }) => ({
    storage: decodeVm(key, live.current.get(key) ?? '')?.['storage'] ?? '',
    path,
    what: key,
  }));
  const unused = destroysUnused(resource) ? [...unusedVolumes(live)] : [];
  const destroyed = [
    ...unused.map(([key, volume]) => ({ storage: storageOf(volume) ?? '', path: 'unused', what: key })),
    ...written
      .filter(({ path, after }) => destroysUnused(resource) && after === null && /^disks\.[^.]+$/.test(path))
      .map(({ key }) => ({
        storage: storageOf(volumeIn(key, live.current.get(key)) ?? '') ?? '',
        path: 'unused',
        what: key,
      })),
  ];
  return [...made, ...moved, ...grown, ...destroyed].filter(({ storage }) => storage !== '');
}

/** The storages on which the token may not allocate what the plan makes, moves or grows there, nor destroy. */
export async function storagePrivileges(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster, user }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const uses = usesOf(resource, observation, changes);
  const found: Diagnostic[] = [];
  for (const storage of new Set(uses.map((use) => use.storage))) {
    const path = `/storage/${storage}`;
    if (await cluster.holds(path, 'Datastore.AllocateSpace')) continue;
    const mine = uses.filter((use) => use.storage === storage);
    const what = [...new Set(mine.map((use) => use.what))].join(', ');
    const detail = `${what} needs Datastore.AllocateSpace on ${path}, which ${user} does not hold. Give it a role with that privilege there (PVEDatastoreUser has it).`;
    const [first] = mine;
    if (first !== undefined) found.push(changeProblem(resource, first, 'a privilege is missing', detail, 'PERMISSION'));
  }
  const drive = changes.find((change) => change.path === 'os.media' && change.after === 'physical');
  // qemu-server: PVE/API2/Qemu.pm, check_storage_access: the host's own drive.
  if (drive?.state === 'change' && !(await cluster.holds('/', 'Sys.Console'))) {
    const detail = `os.media is physical, the host’s drive, which needs Sys.Console on /, and ${user} does not hold it. Give it a role with that privilege on /, or take an image.`;
    found.push(changeProblem(resource, drive, 'a privilege is missing', detail, 'PERMISSION'));
  }
  return found;
}
