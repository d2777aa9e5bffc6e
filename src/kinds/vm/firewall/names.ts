import type { Json, JsonObject } from '../../../core/json.ts';
import type { FirewallRule } from '../../../pve/codecs/firewall-rule.ts';
import type { ManagedValue } from '../../kind.ts';
import { nameIn, RULES_KEY } from './values.ts';

/** What a rule or a set asks for by name, and where in the document it does. */
export interface NamedWish {
  readonly type: 'alias' | 'ipset' | 'group' | 'macro';
  readonly name: string;
  /** Whose it is; either of them where the document does not say. */
  readonly scope: 'guest' | 'datacenter' | 'any';
  /** As in `/firewall/rules/0/source`. */
  readonly pointer: string;
}

const ALIAS = /^(?:(guest|dc)\/)?([a-z][a-z0-9_-]*)$/;
const SET = /^\+(?:(guest|dc)\/)?([a-z][a-z0-9_-]*)$/;

function scopeOf(prefix: string | undefined): NamedWish['scope'] {
  return prefix === 'guest' ? 'guest' : prefix === 'dc' ? 'datacenter' : 'any';
}

/** The alias or set that an address is, in canonical form; undefined for an address, and for sets that SDN makes. */
function wishOf(address: string, pointer: string): NamedWish | undefined {
  const [, setScope, set] = SET.exec(address) ?? [];
  if (set !== undefined) return { type: 'ipset', name: set, scope: scopeOf(setScope), pointer };
  const [, aliasScope, alias] = ALIAS.exec(address) ?? [];
  return alias === undefined ? undefined : { type: 'alias', name: alias, scope: scopeOf(aliasScope), pointer };
}

function wishesOfRule(rule: FirewallRule, pointer: string): readonly (NamedWish | undefined)[] {
  const { type, action = '', macro, source, dest } = rule;
  return [
    type === 'group' ? { type: 'group', name: action, scope: 'datacenter', pointer: `${pointer}/group` } : undefined,
    macro === undefined ? undefined : { type: 'macro', name: macro, scope: 'datacenter', pointer: `${pointer}/macro` },
    source === undefined ? undefined : wishOf(source, `${pointer}/source`),
    dest === undefined ? undefined : wishOf(dest, `${pointer}/dest`),
  ];
}

/** The rules that a document wants; undefined where it does not manage them. */
export function wantedRules(values: readonly ManagedValue[]): readonly FirewallRule[] | undefined {
  const managed = values.find((value) => value.key === RULES_KEY);
  if (managed === undefined) return undefined;
  // The rules' codec makes nothing else of what the schema lets through.
  return (managed.value ?? []) as unknown as readonly FirewallRule[];
}

/** The entries of a set in canonical form; none where the document leaves them alone. */
export function entriesOf(value: Json | undefined): readonly JsonObject[] {
  return ((value as JsonObject | undefined)?.['entries'] ?? []) as readonly JsonObject[];
}

/** Everything that a document's rules and sets name. */
export function namedWishes(values: readonly ManagedValue[]): readonly NamedWish[] {
  const ofRules = (wantedRules(values) ?? []).flatMap((rule, index) => wishesOfRule(rule, `/firewall/rules/${index}`));
  const ofSets = values
    .filter((managed) => nameIn('ipSets', managed.key) !== undefined)
    .flatMap((managed) =>
      entriesOf(managed.value).map((entry) =>
        wishOf(String(entry['cidr']), `/${managed.path.replaceAll('.', '/')}/entries`),
      ),
    );
  return [...ofRules, ...ofSets].filter((wish) => wish !== undefined);
}
