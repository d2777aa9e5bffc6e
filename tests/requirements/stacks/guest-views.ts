import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All that a guest is, as the files of the sandbox say it: two equal views are byte-identical guests. */
export interface GuestView {
  readonly vmid: number;
  readonly node: string;
  /** The text of its config file, with pending values and snapshots. */
  readonly config: string;
  /** When it was started; undefined for a stopped one. */
  readonly startedAt: number | undefined;
  /** Its volumes by their names, and those that its config names. */
  readonly volumes: readonly string[];
  /** The section of its HA resource. */
  readonly ha: string | undefined;
  readonly pools: readonly string[];
  readonly firewall: string | undefined;
}

/** What the mark of a guest says, read by these few lines and none of pvevm's own. */
export interface Owner {
  readonly stack: string;
  readonly address: string;
  /** In milliseconds since the epoch. */
  readonly until: number | undefined;
}

interface Saved {
  readonly volumes: readonly { readonly volid: string; readonly vmid?: number; readonly size: number }[];
  readonly power: Readonly<Record<string, number>>;
}

function textAt(...path: readonly string[]): string | undefined {
  try {
    return readFileSync(join(...path), 'utf8');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Reads all guests from the folder of a sandbox. */
export function readGuests(directory: string): ReadonlyMap<number, GuestView> {
  const saved = JSON.parse(textAt(directory, 'sandbox.json') ?? '') as Saved;
  const sections = (textAt(directory, 'ha/resources.cfg') ?? '').split(/\n(?=\S)/);
  const pools = (textAt(directory, 'user.cfg') ?? '').split('\n').filter((line) => line.startsWith('pool:'));
  const views = new Map<number, GuestView>();
  for (const node of namesIn(join(directory, 'nodes'))) {
    for (const file of namesIn(join(directory, 'nodes', node, 'qemu-server'))) {
      const vmid = Number(file.replace('.conf', ''));
      const config = textAt(directory, 'nodes', node, 'qemu-server', file) ?? '';
      const mine = saved.volumes.filter((volume) => volume.vmid === vmid || config.includes(`${volume.volid},`));
      const isMember = (line: string): boolean => (line.split(':')[3] ?? '').split(',').includes(String(vmid));
      views.set(vmid, {
        ...{ vmid, node, config, startedAt: saved.power[vmid] },
        volumes: mine.map(({ volid, size }) => `${volid} ${size}`).sort(),
        ha: sections.find((section) => section.split('\n')[0]?.trim() === `vm: ${vmid}`)?.trim(),
        pools: pools.filter(isMember).map((line) => line.split(':')[1] ?? ''),
        firewall: textAt(directory, 'firewall', `${vmid}.fw`),
      });
    }
  }
  return views;
}

/** The lines of a config file that are of now: neither pending nor of a snapshot. */
function linesOf({ config }: GuestView): readonly string[] {
  return (config.split(/\n\[/)[0] ?? '').split('\n');
}

/** The value of a config key; undefined where it is not set. */
export function textOf(view: GuestView, key: string): string | undefined {
  return linesOf(view)
    .find((line) => line.startsWith(`${key}: `))
    ?.slice(key.length + 2);
}

/** Whose guest it is: its mark is the last line of its description, and names its own id. */
export function ownerOf(view: GuestView): Owner | undefined {
  const last = linesOf(view)
    .filter((line) => line.startsWith('#'))
    .at(-1);
  const mark = /^pvevm:([^:]+):([^:]+):(\d+)(?: until (\S+))?$/.exec(decodeURIComponent(last?.slice(1) ?? ''));
  const [, stack = '', address = '', vmid, until] = mark ?? [];
  if (vmid !== String(view.vmid)) return undefined;
  return { stack, address, until: until === undefined ? undefined : Date.parse(until) };
}

/** Whether a guest carries the tag of a stack. */
export function hasTag(view: GuestView, stack: string): boolean {
  return (textOf(view, 'tags') ?? '').split(';').includes(`pvevm-${stack}`);
}

/** What tells a guest from the next one of its id. */
export function uuidOf(view: GuestView): string | undefined {
  return textOf(view, 'smbios1');
}
