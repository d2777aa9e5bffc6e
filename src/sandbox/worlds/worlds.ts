import { brokenStorageWorld } from './broken-storage.ts';
import { clusterWorld } from './cluster.ts';
import { largeWorld } from './large.ts';
import { recordedWorld } from './recorded.ts';
import { smallWorld } from './small.ts';
import type { World } from './world.ts';

/** The name of a world. */
export type WorldName = 'small' | 'recorded' | 'cluster' | 'broken-storage' | 'large';

const WORLDS: Readonly<Record<WorldName, () => World>> = {
  small: () => smallWorld,
  recorded: () => recordedWorld,
  cluster: () => clusterWorld,
  'broken-storage': () => brokenStorageWorld,
  large: largeWorld,
};

/** The names of the worlds that a sandbox can start from. */
export const WORLD_NAMES: readonly WorldName[] = Object.keys(WORLDS) as WorldName[];

/** The world of that name. */
export function worldNamed(name: WorldName): World {
  return WORLDS[name]();
}
