import type { JsonObject } from '../../../core/json.ts';
import { parameterFailure } from '../../api-error.ts';
import type { Firewall } from '../../files/firewall-file.ts';
import type { HouseCall } from '../../house.ts';
import { changeFirewall, checkDigest, digestOfList, firewallOf, ipVersionOf, normalizedCidr } from './firewall.ts';

type Alias = Firewall['aliases'][number];

function shownAlias({ name, cidr, comment }: Alias): Readonly<Record<string, string | number>> {
  const ipversion = ipVersionOf(cidr);
  return {
    ...{ name, cidr },
    ...(comment === undefined ? {} : { comment }),
    ...(ipversion === undefined ? {} : { ipversion }),
  };
}

/** `GET …/firewall/aliases`; names are lower-case (pve-firewall: PVE/API2/Firewall/Aliases.pm). */
export function listAliases(call: HouseCall): readonly JsonObject[] {
  const shown = [...firewallOf(call).aliases].sort((left, right) => (left.name < right.name ? -1 : 1)).map(shownAlias);
  const digest = digestOfList(shown);
  return shown.map((alias) => ({ ...alias, digest }));
}

/** The alias that the path names; throws status 400 where there is none. */
function aliasOf(call: HouseCall): Alias {
  const name = String(call.params['name']).toLowerCase();
  const alias = firewallOf(call).aliases.find((candidate) => candidate.name === name);
  if (alias === undefined) throw parameterFailure({ name: 'no such alias' });
  return alias;
}

/** `GET …/firewall/aliases/{name}`. */
export function readAlias(call: HouseCall): JsonObject {
  return shownAlias(aliasOf(call));
}

function aliasIn({ params }: HouseCall, name: string): Alias {
  const comment = params['comment'];
  return {
    ...{ name, cidr: normalizedCidr(String(params['cidr'])) },
    ...(comment === undefined || comment === '' ? {} : { comment: String(comment) }),
  };
}

/** `POST …/firewall/aliases`. */
export function createAlias(call: HouseCall): null {
  const given = String(call.params['name']);
  const name = given.toLowerCase();
  const { aliases } = firewallOf(call);
  if (aliases.some((alias) => alias.name === name)) {
    throw parameterFailure({ name: `alias '${given}' already exists` });
  }
  return changeFirewall(call, { aliases: [...aliases, aliasIn(call, name)] });
}

/** `PUT …/firewall/aliases/{name}`: a comment that is not given is gone. */
export function updateAlias(call: HouseCall): null {
  const { params } = call;
  const { aliases } = firewallOf(call);
  const alias = aliasOf(call);
  checkDigest(call, digestOfList([shownAlias(alias)]));
  const rename = params['rename'] === undefined ? alias.name : String(params['rename']).toLowerCase();
  if (rename !== alias.name && aliases.some(({ name }) => name === rename)) {
    throw parameterFailure({ name: `alias '${params['rename']}' already exists` });
  }
  return changeFirewall(call, {
    aliases: aliases.map((candidate) => (candidate.name === alias.name ? aliasIn(call, rename) : candidate)),
  });
}

/** `DELETE …/firewall/aliases/{name}`: one that is not there is no error. */
export function deleteAlias(call: HouseCall): null {
  const name = String(call.params['name']).toLowerCase();
  const { aliases } = firewallOf(call);
  const alias = aliases.find((candidate) => candidate.name === name);
  checkDigest(call, digestOfList(alias === undefined ? [] : [shownAlias(alias)]));
  return changeFirewall(call, { aliases: aliases.filter((candidate) => candidate.name !== name) });
}
