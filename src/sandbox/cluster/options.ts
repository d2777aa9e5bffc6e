import type { Json } from '../../core/json.ts';
import { parsePropertyString, printPropertyString } from '../../pve/codecs/property-string.ts';
import { splitList } from '../check-value.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { tagAccess } from '../tag-access.ts';

const OBJECTS = new Set([
  ...['ha', 'crs', 'migration', 'replication', 'next-id', 'notify', 'tag-style', 'user-tag-access', 'webauthn', 'u2f'],
]);

/** `/cluster/options`: what `datacenter.cfg` holds (pve-manager: PVE/API2/Cluster.pm, get_options and set_options). */
export const optionsEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: '/cluster/options', handle: read },
  { method: 'PUT', path: '/cluster/options', handle: write },
];

/** Property strings come as objects, `mac_prefix` and `description` always; without Sys.Audit little is shown. */
function read({ host, user }: HouseCall): Json {
  const values: Record<string, Json> = {};
  for (const [key, text] of Object.entries(host.datacenter)) values[key] = shownValue(key, text);
  const allowed = [...tagAccess(host, user).allowed];
  if (host.access.privileges(user, '/').has('Sys.Audit')) {
    return { mac_prefix: 'BC:24:11', description: '', ...values, 'allowed-tags': allowed };
  }
  const shown = ['console', 'tag-style'].flatMap((key) =>
    values[key] === undefined ? [] : [[key, values[key]] as const],
  );
  return { ...Object.fromEntries(shown), 'allowed-tags': allowed };
}

const NUMERIC = new Set(['max_workers', 'migration_unsecure']);
/** Sub-keys that the API shows as numbers. */
const NUMBER_PARTS = /^(?:ha-rebalance-on-start|ha-auto-rebalance|case-sensitive)$/;

function shownValue(key: string, text: string): Json {
  if (key === 'registered-tags') return splitList(text);
  if (key === 'console' && text === 'applet') return 'html5';
  if (NUMERIC.has(key)) return Number(text);
  if (!OBJECTS.has(key)) return text;
  const entries = text.split(',').map((pair): [string, Json] => {
    const name = pair.split('=')[0] ?? '';
    const value = pair.slice(name.length + 1);
    if (name === 'user-allow-list') return [name, splitList(value)];
    return [name, NUMBER_PARTS.test(name) ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** Whole keys are replaced; deleting a key that is not set does nothing. */
function write({ host, params }: HouseCall): null {
  const { datacenter, facts } = host;
  for (const key of splitList(String(params['delete'] ?? ''))) delete datacenter[key];
  for (const [key, value] of Object.entries(params)) {
    if (key === 'delete') continue;
    const format = facts.formats[`options-${key}`];
    let text = String(value);
    if (typeof format === 'object') text = printPropertyString(parsePropertyString(text, format), format);
    if (key === 'registered-tags') text = [...splitList(text)].sort().join(';');
    if (key === 'description') text = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    datacenter[key] = text;
  }
  if (datacenter['description'] === '') delete datacenter['description'];
  host.save();
  return null;
}
