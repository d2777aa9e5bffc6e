import type { Json } from '../../../core/json.ts';
import type { Change } from '../../../core/plan.ts';
import type { Project, Resource } from '../../../core/resource.ts';
import type { Step } from '../../../core/step.ts';
import type { Observation } from '../../kind.ts';
import { transferTime } from '../../transfer-time.ts';
import { wantedUntil } from '../ephemeral/ephemeral.ts';
import { formatMark, joinDescription, splitDescription, withUntil } from '../identity/mark.ts';
import { begunDescription, finishDraft, needsWord } from '../leftovers/unfinished.ts';
import { isVolumeKey, storedParts } from '../live.ts';
import { storagesIn } from '../load/busy.ts';
import { volumeBytes } from '../load/volume-bytes.ts';
import type { Placement } from '../placement/place.ts';
import { type Draft, numberSteps, withDigests } from '../steps.ts';
import { updateSteps } from '../update.ts';
import type { CloneMode, CloneSource } from './source.ts';

/** What a clone is made of, in words: `tpl-debian (9000), linked`. */
export function clonedFrom(source: CloneSource, { mode }: CloneMode): string {
  return `${source.name}${typeof source.id === 'number' ? ` (${source.id})` : ''}, ${mode}`;
}

/**
 * The description that a clone is made with: the document's text, or the source's where the document says nothing, and
 * the mark. Undefined where there is none to send: an empty one would leave the source's (PVE/API2/Qemu.pm, clone_vm).
 */
export function clonedDescription(
  resource: Resource,
  source: CloneSource,
  project: Project,
  vmid: number | '{vmid}',
): string | undefined {
  const written = resource.spec['description'];
  const inherited = splitDescription(source.texts.get('description') ?? '').text;
  const text = written === undefined ? inherited : typeof written === 'string' ? written : '';
  const mark =
    project.mark === 'none'
      ? undefined
      : withUntil(formatMark(project.stack, resource.address, vmid), wantedUntil(resource));
  const joined = joinDescription(text, mark);
  return joined === '' ? undefined : joined;
}

/** The call that makes a clone (qemu-server: PVE/API2/Qemu.pm, clone_vm). */
export function cloneDraft(
  resource: Resource,
  source: CloneSource,
  mode: CloneMode,
  { node, vmid, vmidChosen }: Placement,
  project: Project,
): Draft {
  const newid = vmidChosen ? '{vmid}' : vmid;
  const description = clonedDescription(resource, source, project, newid);
  const pool = resource.spec['pool'];
  const params: Record<string, Json> = { newid, name: resource.name, full: mode.mode === 'full' ? 1 : 0 };
  if (description !== undefined) params['description'] = description;
  if (typeof pool === 'string') params['pool'] = pool;
  if (node !== source.node) params['target'] = node;
  if (mode.storage !== undefined) params['storage'] = mode.storage;
  if (mode.snapshot !== undefined) params['snapname'] = mode.snapshot;
  const { digest } = source;
  return {
    title: `clone ${clonedFrom(source, mode)}`,
    effect: 'none',
    request: { method: 'POST', path: `/nodes/${source.node}/qemu/${source.id}/clone`, params },
    ...(digest === undefined ? {} : { expects: { source: { node: source.node, vmid: source.vmid, digest } } }),
    loads: [...new Set([...storagesIn(source.texts), ...(mode.storage === undefined ? [] : [mode.storage])])].map(
      (storage) => `storage:${storage}`,
    ),
    await: { for: 'task', timeoutMs: transferTime(mode.mode === 'full' ? volumeBytes(source.texts) : 0) },
  };
}

/** A value of a drive with its volume as a placeholder: which number it got is known once the clone is there. */
function withoutVolume(key: string, value: Json, live: ReadonlyMap<string, string>): Json {
  const file = isVolumeKey(key) ? storedParts(key, live.get(key) ?? '')?.['file'] : undefined;
  if (file === undefined || typeof value !== 'string' || !value.startsWith(`${file}`) || !file.includes(':vm-'))
    return value;
  return `{volume}${value.slice(file.length)}`;
}

/** A step on the guest as one of a guest whose id is chosen, and its volumes named, only when the run makes it. */
function bound(draft: Draft, { vmid, vmidChosen, live }: Observation): Draft {
  if (draft.request === undefined) return draft;
  const { path, params } = draft.request;
  const inPath = new RegExp(`^(/nodes/[^/]+/qemu/|/cluster/ha/resources/vm:)${vmid}(?=/|$)`);
  const filled = Object.entries(params).map(([key, value]): readonly [string, Json] => {
    if (vmidChosen && key === 'sid' && value === `vm:${vmid}`) return [key, 'vm:{vmid}'];
    if (vmidChosen && key === 'resources' && typeof value === 'string')
      return [key, value.replace(new RegExp(`(?<=^|,)vm:${vmid}$`), 'vm:{vmid}')];
    return [key, withoutVolume(key, value, live?.pending ?? new Map())];
  });
  const { list } = draft.expects ?? {};
  const expects =
    list === undefined || !vmidChosen
      ? {}
      : { expects: { ...draft.expects, list: { ...list, path: list.path.replace(inPath, '$1{vmid}') } } };
  return {
    ...draft,
    ...expects,
    request: {
      ...draft.request,
      path: vmidChosen ? path.replace(inPath, '$1{vmid}') : path,
      params: Object.fromEntries(filled),
    },
  };
}

/**
 * The steps of a new guest that is a clone: the call, and then what the document changes of what it was cloned from.
 * `mayFinish`: the token may change the description, which a clone takes from any token.
 */
export function cloneSteps(
  resource: Resource,
  observation: Observation,
  madeBy: NonNullable<Observation['madeBy']>,
  changes: readonly Change[],
  mayFinish: boolean,
): readonly Step[] {
  const description = madeBy.request?.params['description'];
  const finished =
    typeof description === 'string' && mayFinish && needsWord(observation.desired) ? description : undefined;
  const path = `/nodes/${observation.node}/qemu/${observation.vmidChosen ? '{vmid}' : observation.vmid}`;
  const finish = finished === undefined ? [] : withDigests([finishDraft(path, finished)], null);
  const rest = updateSteps(resource, observation, changes)
    .map(({ id: _, resource: __, ...draft }) => bound(draft, observation))
    // A volume is destroyed only by its name, which a detached disk of the clone has yet to get: the next plan has it.
    .filter(({ expects }) => expects?.volumes === undefined);
  const clone =
    finished === undefined || madeBy.request === undefined
      ? madeBy
      : {
          ...madeBy,
          request: {
            ...madeBy.request,
            params: { ...madeBy.request.params, description: begunDescription(finished) },
          },
        };
  return numberSteps(resource.address, [clone, ...rest, ...finish]);
}
