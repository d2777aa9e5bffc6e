import type { JsonObject } from '../../../core/json.ts';
import { failure, parameterFailure } from '../../api-error.ts';
import type { Firewall, IpSetEntry } from '../../files/firewall-file.ts';
import type { HouseCall } from '../../house.ts';
import { changeFirewall, checkDigest, digestOfList, firewallOf, normalizedCidr } from './firewall.ts';

type IpSet = Firewall['ipsets'][number];

function shownSet({ name, comment }: IpSet): Readonly<Record<string, string>> {
  return { name, ...(comment === undefined ? {} : { comment }) };
}

/** `GET …/firewall/ipset` (pve-firewall: PVE/API2/Firewall/IPSet.pm). */
export function listIpSets(call: HouseCall): readonly JsonObject[] {
  const { ipsets } = firewallOf(call);
  return [...ipsets]
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map((set) => ({ ...shownSet(set), digest: digestOfList([shownSet(set)]) }));
}

/** `POST …/firewall/ipset`: makes a set; with `rename` gives the set of that name another name or comment. */
export function createIpSet(call: HouseCall): null {
  const { params } = call;
  const name = String(params['name']);
  const { ipsets } = firewallOf(call);
  const comment =
    params['comment'] === undefined || params['comment'] === '' ? {} : { comment: String(params['comment']) };
  const isTaken = ipsets.some((set) => set.name === name);
  const rename = params['rename'];
  if (rename === undefined) {
    if (isTaken) throw parameterFailure({ name: `IPSet '${name}' already exists` });
    return changeFirewall(call, { ipsets: [...ipsets, { name, ...comment, entries: [] }] });
  }
  const old = ipsets.find((set) => set.name === rename);
  if (old === undefined) throw parameterFailure({ name: `IPSet '${rename}' does not exist` });
  if (isTaken && name !== rename) throw parameterFailure({ name: `IPSet '${name}' already exists` });
  checkDigest(call, digestOfList([shownSet(old)]));
  return changeFirewall(call, {
    ipsets: ipsets.map((set) => (set === old ? { name, ...comment, entries: old.entries } : set)),
  });
}

function ipSetOf(call: HouseCall): IpSet {
  const name = String(call.params['name']);
  const found = firewallOf(call).ipsets.find((set) => set.name === name);
  if (found === undefined) throw failure(`no such IPSet '${name}'`);
  return found;
}

/** `DELETE …/firewall/ipset/{name}`: one that holds something only with `force`. */
export function deleteIpSet(call: HouseCall): null {
  const { name, entries } = ipSetOf(call);
  if (entries.length > 0 && call.params['force'] !== 1) throw failure(`IPSet '${name}' is not empty`);
  return changeFirewall(call, { ipsets: firewallOf(call).ipsets.filter((set) => set.name !== name) });
}

function shownEntry({ cidr, nomatch, comment }: IpSetEntry): Readonly<Record<string, string | number>> {
  return {
    ...{ cidr },
    ...(nomatch === undefined ? {} : { nomatch }),
    ...(comment === undefined ? {} : { comment }),
  };
}

function digestOfEntries(call: HouseCall): string {
  return digestOfList(ipSetOf(call).entries.map(shownEntry));
}

/** `GET …/firewall/ipset/{name}`: what a set holds. */
export function listEntries(call: HouseCall): readonly JsonObject[] {
  const digest = digestOfEntries(call);
  return ipSetOf(call).entries.map((entry) => ({ ...shownEntry(entry), digest }));
}

function entryIn({ params }: HouseCall): IpSetEntry {
  const { comment } = params;
  return {
    cidr: normalizedCidr(String(params['cidr'])),
    ...(params['nomatch'] === 1 ? { nomatch: 1 } : {}),
    ...(comment === undefined || comment === '' ? {} : { comment: String(comment) }),
  };
}

function replaceEntries(call: HouseCall, entries: readonly IpSetEntry[]): null {
  const { name } = ipSetOf(call);
  return changeFirewall(call, {
    ipsets: firewallOf(call).ipsets.map((set) => (set.name === name ? { ...set, entries } : set)),
  });
}

/** `POST …/firewall/ipset/{name}`: adds at the top. */
export function createEntry(call: HouseCall): null {
  const { entries } = ipSetOf(call);
  const entry = entryIn(call);
  if (entries.some(({ cidr }) => cidr === entry.cidr)) {
    throw parameterFailure({ cidr: `address '${entry.cidr}' already exists` });
  }
  if (/\/0+$/.test(entry.cidr)) throw parameterFailure({ cidr: 'a zero prefix is not allowed in ipset entries' });
  return replaceEntries(call, [entry, ...entries]);
}

function entryOf(call: HouseCall): IpSetEntry {
  const cidr = normalizedCidr(String(call.params['cidr']));
  const entry = ipSetOf(call).entries.find((candidate) => candidate.cidr === cidr);
  if (entry === undefined) throw parameterFailure({ cidr: 'no such IP/Network' });
  return entry;
}

/** `GET …/firewall/ipset/{name}/{cidr}`. */
export function readEntry(call: HouseCall): JsonObject {
  return { ...shownEntry(entryOf(call)), digest: digestOfEntries(call) };
}

/** `PUT …/firewall/ipset/{name}/{cidr}`: what is not given is gone. */
export function updateEntry(call: HouseCall): null {
  checkDigest(call, digestOfEntries(call));
  const { cidr } = entryOf(call);
  const { entries } = ipSetOf(call);
  return replaceEntries(
    call,
    entries.map((entry) => (entry.cidr === cidr ? entryIn(call) : entry)),
  );
}

/** `DELETE …/firewall/ipset/{name}/{cidr}`: one that is not there is no error. */
export function deleteEntry(call: HouseCall): null {
  checkDigest(call, digestOfEntries(call));
  const cidr = normalizedCidr(String(call.params['cidr']));
  return replaceEntries(
    call,
    ipSetOf(call).entries.filter((entry) => entry.cidr !== cidr),
  );
}
