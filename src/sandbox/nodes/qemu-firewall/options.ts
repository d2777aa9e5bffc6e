import type { JsonObject } from '../../../core/json.ts';
import { parameterFailure } from '../../api-error.ts';
import { splitList } from '../../check-value.ts';
import type { HouseCall } from '../../house.ts';
import { changeFirewall, checkDigest, digestOfList, firewallOf } from './firewall.ts';

const NUMERIC = ['enable', 'dhcp', 'ipfilter', 'macfilter', 'ndp', 'radv'];
const TEXTS = ['log_level_in', 'log_level_out', 'policy_in', 'policy_out'];

/** `GET …/firewall/options`: only what is set (pve-firewall: PVE/API2/Firewall/VM.pm, get_options). */
export function readOptions(call: HouseCall): JsonObject {
  const values = optionsOf(call);
  return { ...values, digest: digestOfList([values]) };
}

function optionsOf(call: HouseCall): Readonly<Record<string, string | number>> {
  const entries = Object.entries(firewallOf(call).options);
  return Object.fromEntries(entries.map(([key, text]) => [key, NUMERIC.includes(key) ? Number(text) : text]));
}

/** `PUT …/firewall/options`. */
export function writeOptions(call: HouseCall): null {
  checkDigest(call, digestOfList([optionsOf(call)]));
  const options: Record<string, string> = { ...firewallOf(call).options };
  for (const key of splitList(String(call.params['delete'] ?? ''))) {
    if (![...NUMERIC, ...TEXTS].includes(key)) throw parameterFailure({ delete: `no such option '${key}'` });
    delete options[key];
  }
  for (const key of [...NUMERIC, ...TEXTS]) {
    const value = call.params[key];
    if (value !== undefined) options[key] = String(value);
  }
  return changeFirewall(call, { options });
}
