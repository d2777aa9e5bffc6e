import type { Json, JsonObject } from '../../core/json.ts';
import { yamlLines } from '../yaml-text.ts';
import type { GuestOutput } from './guest-output.ts';
import { checkWords } from './safe-words.ts';

// Ansible puts templates into effect that stand in the variables of an inventory.
const isPlain = (text: string): boolean => /^[\w.:/+-]*$/.test(text);

function variablesOf({ address, host, user, vmid, node }: GuestOutput): JsonObject {
  return {
    ansible_host: host,
    ...(user === null ? {} : { ansible_user: user }),
    pvevm_address: address,
    ...(node === null || !isPlain(node) ? {} : { pvevm_node: node }),
    pvevm_vmid: vmid,
  };
}

/** The name of the group of a tag: Ansible takes letters, digits and `_`. */
function groupOf(tag: string): string {
  return `tag_${tag.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`;
}

interface Inventory {
  /** The variables of each host. */
  readonly hosts: ReadonlyMap<string, JsonObject>;
  /** The hosts of each group, sorted by name. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Guests whose address is known; the others would be looked up by their name, which may lead anywhere. */
function inventoryOf(guests: readonly GuestOutput[]): Inventory {
  const known = guests.filter(({ host, vmid }) => host !== null && vmid !== null);
  const groups = new Map<string, string[]>([['pvevm', []]]);
  for (const guest of known) {
    checkWords(guest, 'an Ansible inventory');
    for (const group of new Set(['pvevm', ...guest.tags.map(groupOf)]))
      groups.set(group, [...(groups.get(group) ?? []), guest.name]);
  }
  return {
    hosts: new Map(known.map((guest) => [guest.name, variablesOf(guest)] as const).sort(byName)),
    groups: new Map([...groups].map(([group, names]) => [group, names.sort()] as const).sort(byName)),
  };
}

/** An inventory as Ansible takes it of a script with `--list`. Throws as `checkWords` does. */
export function ansibleInventory(guests: readonly GuestOutput[]): JsonObject {
  const { hosts, groups } = inventoryOf(guests);
  const lists = [...groups].map(([group, names]): readonly [string, Json] => [group, { hosts: [...names] }]);
  return {
    _meta: { hostvars: Object.fromEntries(hosts) },
    all: { children: ['ungrouped', ...groups.keys()] },
    ...Object.fromEntries(lists),
  };
}

/** The same inventory as a YAML file. Throws as `checkWords` does. */
export function ansibleYaml(guests: readonly GuestOutput[]): string {
  const { hosts, groups } = inventoryOf(guests);
  const children = [...groups].map(([group, names]): readonly [string, Json] => [
    group,
    { hosts: Object.fromEntries(names.map((name) => [name, {}])) },
  ]);
  const all: JsonObject = { hosts: Object.fromEntries(hosts), children: Object.fromEntries(children) };
  return `${yamlLines('all', all).join('\n')}\n`;
}
