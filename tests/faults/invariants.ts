import type { RequestLogEntry } from '../../src/sandbox/index.ts';
import { type ClusterState, ownedIn } from './cluster-state.ts';
import { ADDRESS } from './scenarios.ts';

/** What is somebody else's: one text for each thing, which is to stay as it was. */
function foreignTexts(state: ClusterState, foreign: ReadonlySet<number>): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const vmid of foreign) {
    texts.set(`config of ${vmid}`, JSON.stringify(state.guests.get(vmid) ?? null));
    texts.set(`firewall of ${vmid}`, state.firewalls.get(vmid) ?? '');
    texts.set(`HA of ${vmid}`, state.ha.get(vmid) ?? '');
    texts.set(`power of ${vmid}`, String(state.running.has(vmid)));
    texts.set(
      `pools of ${vmid}`,
      [...state.pools].flatMap(([id, members]) => (members.includes(vmid) ? [id] : [])).join(),
    );
  }
  return texts;
}

const isWord = (text: string, word: string): boolean =>
  new RegExp(`(?:^|[\\s,])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:,|\\s|$)`, 'm').test(text);

/** The volumes of guests that no config names. */
function strayVolumes({ volumes, guests }: ClusterState): readonly string[] {
  const texts = [...guests.values()].map(({ text }) => text);
  return volumes
    .filter(({ content, volid }) => content === 'images' && !texts.some((text) => isWord(text, volid)))
    .map(({ volid }) => volid);
}

/** What a cluster that is compared was, and whose guests are not ours. */
export interface Before {
  readonly state: ClusterState;
  readonly foreign: ReadonlySet<number>;
}

/** Takes down what is there before a run. */
export function beforeOf(state: ClusterState): Before {
  const ours = new Set(ownedIn(state, 'lab').map(({ vmid }) => vmid));
  return { state, foreign: new Set([...state.guests.keys()].filter((vmid) => !ours.has(vmid))) };
}

/** What has changed of what is somebody else's. */
export function touchedForeign(before: Before, after: ClusterState): readonly string[] {
  const now = foreignTexts(after, before.foreign);
  const changed = [...foreignTexts(before.state, before.foreign)].flatMap(([what, text]) =>
    now.get(what) === text ? [] : [`${what} was ${text}, and is ${now.get(what)}`],
  );
  const gone = before.state.volumes.filter(
    (volume) =>
      (volume.vmid === undefined || before.foreign.has(volume.vmid) || !before.state.guests.has(volume.vmid)) &&
      !after.volumes.some((other) => JSON.stringify(other) === JSON.stringify(volume)),
  );
  return [...changed, ...gone.map(({ volid }) => `volume ${volid} is gone, or another one`)];
}

/** What is wrong with a cluster in which all is said to be done. */
export function leftOvers(before: Before, after: ClusterState, isRemoval: boolean): readonly string[] {
  const found: string[] = [];
  const owned = ownedIn(after, 'lab');
  const expected = isRemoval ? 0 : 1;
  if (owned.filter(({ address }) => address === ADDRESS).length !== expected)
    found.push(`${owned.length} guests are ${ADDRESS}, and not ${expected}`);
  const known = new Set([...before.foreign, ...owned.map(({ vmid }) => vmid)]);
  for (const [vmid, { text }] of after.guests)
    if (!known.has(vmid)) found.push(`guest ${vmid} is nobody's: ${text.slice(0, 60)}`);
  return [...found, ...orphans(before, after)];
}

/** Locks, volumes, and entries of guests that are not there. */
export function orphans(before: Before, after: ClusterState): readonly string[] {
  const found: string[] = [];
  for (const [vmid, { text }] of after.guests) {
    const lock = /^lock: (.*)$/m.exec(text.split('\n[')[0] ?? '')?.[1];
    if (lock !== undefined) found.push(`guest ${vmid} is locked (${lock})`);
  }
  const strayBefore = new Set(strayVolumes(before.state));
  found.push(
    ...strayVolumes(after)
      .filter((volid) => !strayBefore.has(volid))
      .map((volid) => `volume ${volid} is in no config`),
  );
  const without = (vmid: number): boolean => !after.guests.has(vmid);
  found.push(...[...after.ha.keys()].filter(without).map((vmid) => `HA resource vm:${vmid} has no guest`));
  found.push(...[...after.firewalls.keys()].filter(without).map((vmid) => `the firewall of ${vmid} has no guest`));
  for (const [id, members] of after.pools)
    found.push(...members.filter(without).map((vmid) => `member ${vmid} of pool ${id} has no guest`));
  return found;
}

/** The writes that name a guest, or a thing, of somebody else. */
export function strangeWrites(requests: readonly RequestLogEntry[], foreign: ReadonlySet<number>): readonly string[] {
  return requests.flatMap(({ method, path, params }) => {
    if (method === 'GET') return [];
    const named = [
      /\/qemu\/(\d+)(?!\d*\/clone$)(?:\/|$)/.exec(path)?.[1],
      /vm:(\d+)/.exec(path)?.[1],
      /^vm:(\d+)/.exec(String(params['sid'] ?? ''))?.[1],
      ...(path.startsWith('/pools') ? String(params['vms'] ?? '').split(',') : []),
      /\/qemu$/.test(path) ? String(params['vmid']) : undefined,
    ];
    const strange = named.filter((vmid) => foreign.has(Number(vmid)));
    return strange.length === 0 ? [] : [`${method} ${path} is a write to guest ${strange.join()}`];
  });
}
