import type { Address } from '../../../core/address.ts';
import { isObject } from '../../../core/json.ts';
import { type Resource, valueAt } from '../../../core/resource.ts';
import { MIB } from '../../../core/units.ts';
import type { PlanContext } from '../../kind.ts';
import { type Located, textOf } from '../identity/found.ts';
import { isVolumeKey } from '../live.ts';
import { type Eligible, memoryOf, type Placement } from '../placement/place.ts';
import { wantedDisks, wantedFirmware } from '../wants.ts';
import { storageOf } from './cloned-texts.ts';
import type { FoundSource } from './find-source.ts';
import { cloneWish } from './wish.ts';

interface Home {
  readonly node: string;
  /** The storages of its drives; undefined where they are not known yet. */
  readonly storages: readonly string[] | undefined;
  /** Bytes. */
  readonly memory: number;
}

async function homeOfGuest(node: string, vmid: number, context: PlanContext): Promise<Home> {
  const config = await context.cluster.pending(node, vmid);
  const storages = [...config.items.keys()].filter(isVolumeKey).map((key) => storageOf(textOf(config, key) ?? ''));
  const mebibytes = /^(?:current=)?(\d+)/.exec(textOf(config, 'memory') ?? '')?.[1];
  return {
    node,
    storages: storages.filter((storage) => storage !== undefined),
    memory: Number(mebibytes ?? 0) * MIB,
  };
}

/** The storages that a document names, of disks and of what else lies in a drive. */
function storagesOfDocument(resource: Resource): readonly string[] {
  const media = valueAt(resource.spec, '/os/media');
  const others = [
    typeof media === 'string' ? storageOf(media) : valueAt(resource.spec, '/os/media/storage'),
    valueAt(resource.spec, '/cloudInit/storage'),
  ].filter((storage) => typeof storage === 'string');
  return [...wantedDisks(resource), ...wantedFirmware(resource)].map(({ storage }) => storage).concat(others);
}

async function homeOf(
  source: FoundSource,
  located: ReadonlyMap<string, Located>,
  placements: ReadonlyMap<Address, Placement>,
  context: PlanContext,
): Promise<Home | undefined> {
  if (source.type === 'failed') return undefined;
  if (source.type === 'guest') return await homeOfGuest(source.row.node, source.row.vmid, context);
  const { resource } = source;
  const found = located.get(resource.address);
  if (found?.type === 'found') return await homeOfGuest(found.node, found.vmid, context);
  const placement = placements.get(resource.address);
  if (placement === undefined) return undefined;
  const storages = isObject(resource.spec['clone']) ? undefined : storagesOfDocument(resource);
  return { node: placement.node, storages, memory: memoryOf(resource) };
}

async function nodesFor(home: Home, target: string | undefined, context: PlanContext): Promise<readonly string[]> {
  if (home.storages === undefined) return [home.node];
  const needed = [...new Set([...home.storages, ...(target === undefined ? [] : [target])])];
  const known = await context.cluster.storagesOf(home.node);
  if (!needed.every((name) => known.find(({ storage }) => storage === name)?.shared === true)) return [home.node];
  const nodes = [home.node];
  for (const { node, online } of (await context.cluster.resources()).nodes) {
    if (!online || node === home.node) continue;
    const there = new Set((await context.cluster.storagesOf(node)).map(({ storage }) => storage));
    if (needed.every((name) => there.has(name))) nodes.push(node);
  }
  return nodes;
}

/**
 * The nodes that a clone may be made on, that of its source first: every node that has the storages where all of them are
 * shared, and the source's node alone otherwise. Undefined where the source is not known.
 */
export async function eligibleNodes(
  resource: Resource,
  source: FoundSource,
  located: ReadonlyMap<string, Located>,
  placements: ReadonlyMap<Address, Placement>,
  context: PlanContext,
): Promise<Eligible | undefined> {
  const home = await homeOf(source, located, placements, context);
  if (home === undefined) return undefined;
  return { nodes: await nodesFor(home, cloneWish(resource)?.storage, context), memory: home.memory };
}
