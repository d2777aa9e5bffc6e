import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A volume as the state's file has it. */
export interface StoredVolume {
  readonly volid: string;
  readonly content: string;
  readonly vmid?: number;
}

/** All that a cluster holds, as the files of the sandbox have it. */
export interface ClusterState {
  /** Id to node and the text of the config. */
  readonly guests: ReadonlyMap<number, { readonly node: string; readonly text: string }>;
  readonly firewalls: ReadonlyMap<number, string>;
  /** Id to the text of its section. */
  readonly ha: ReadonlyMap<number, string>;
  readonly pools: ReadonlyMap<string, readonly number[]>;
  readonly volumes: readonly StoredVolume[];
  readonly running: ReadonlySet<number>;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Reads the files of a sandbox, past its API. */
export function readState(folder: string): ClusterState {
  const guests = new Map<number, { node: string; text: string }>();
  for (const node of namesIn(join(folder, 'nodes'))) {
    for (const name of namesIn(join(folder, 'nodes', node, 'qemu-server'))) {
      const path = join(folder, 'nodes', node, 'qemu-server', name);
      if (name.endsWith('.conf')) guests.set(Number.parseInt(name, 10), { node, text: textOf(path) });
    }
  }
  const firewalls = new Map<number, string>();
  for (const name of namesIn(join(folder, 'firewall'))) {
    if (/^\d+\.fw$/.test(name)) firewalls.set(Number.parseInt(name, 10), textOf(join(folder, 'firewall', name)));
  }
  const sections = textOf(join(folder, 'ha/resources.cfg')).split(/\n(?=vm: )/);
  const ha = sections.flatMap((section) => {
    const [, vmid] = /^vm: (\d+)/.exec(section.trim()) ?? [];
    return vmid === undefined ? [] : [[Number(vmid), section.trim()] as const];
  });
  const pools = [...textOf(join(folder, 'user.cfg')).matchAll(/^pool:([^:]*):[^:]*:([^:]*):/gm)].map(
    ([, id = '', members = '']) =>
      [
        id,
        members
          .split(',')
          .filter((member) => member !== '')
          .map(Number),
      ] as const,
  );
  const { volumes, power } = JSON.parse(textOf(join(folder, 'sandbox.json'))) as {
    volumes: StoredVolume[];
    power: Record<string, number>;
  };
  return {
    ...{ guests, firewalls, ha: new Map(ha), pools: new Map(pools), volumes },
    running: new Set(Object.keys(power).map(Number)),
  };
}

/** The guests that a stack owns by their marks. */
export function ownedIn(state: ClusterState, stack: string): readonly { vmid: number; address: string }[] {
  return [...state.guests].flatMap(([vmid, { text }]) => {
    const mark = new RegExp(`^#pvevm(?::|%3A)${stack}(?::|%3A)(.*?)(?::|%3A)${vmid}\\s*$`, 'm').exec(text);
    return mark === null ? [] : [{ vmid, address: decodeURIComponent(mark[1] ?? '') }];
  });
}
