import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import type { Observation, PlanContext } from '../../kind.ts';
import { wantedDisks, wantedFirmware } from '../wants.ts';
import { formatsOf } from './formats.ts';
import { changeProblem } from './problem.ts';
import { movesIn } from './review-moves.ts';

interface WantedFormat {
  readonly path: string;
  readonly storage: string;
  readonly format: string;
}

/** The formats that new and moved disks are to have, each with the storage that has to hold it. */
function wantedFormats(
  resource: Resource,
  { desired, live }: Observation,
  changes: readonly Change[],
): readonly WantedFormat[] {
  const added = new Set(
    changes
      .filter(({ before, after, state }) => state === 'change' && before === null && after !== null)
      .map(({ key }) => key),
  );
  const formatOf = (key: string): { readonly path: string; readonly format: string } | undefined => {
    const managed = desired.find((value) => value.key === key && value.sub === 'format');
    return typeof managed?.value === 'string' ? { path: managed.path, format: managed.value } : undefined;
  };
  const places = [
    ...[...wantedDisks(resource), ...wantedFirmware(resource)].filter(({ slot }) => added.has(slot)),
    ...movesIn(changes, live).map(({ key, storage }) => ({ slot: key, storage })),
  ];
  return places.flatMap(({ slot, storage }) => {
    const wanted = formatOf(slot);
    return wanted === undefined ? [] : [{ ...wanted, storage }];
  });
}

/** Formats that the storage of their disk cannot hold: Proxmox VE refuses them when it allocates, or takes another one. */
export async function formatProblems(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  { cluster }: PlanContext,
): Promise<readonly Diagnostic[]> {
  const wanted = wantedFormats(resource, observation, changes).filter(({ format }) => format !== 'raw');
  if (wanted.length === 0) return [];
  const storages = await cluster.storagesOf(observation.node);
  return wanted.flatMap(({ path, storage, format }) => {
    const type = storages.find((candidate) => candidate.storage === storage)?.type;
    const formats = type === undefined ? undefined : formatsOf(type);
    if (type === undefined || formats === undefined || formats.includes(format)) return [];
    const detail = `${path} is ${format}, and ${storage} (${type}) holds ${formats.join(', ')}. Write ${formats.length === 1 ? `format: ${formats[0]}` : 'one of these'}, or take a storage of files.`;
    return [changeProblem(resource, { path }, 'the storage cannot hold this format', detail)];
  });
}
