import type { Json } from '../../core/json.ts';
import type { HouseEndpoint } from '../house.ts';

const OBJECTS = new Set([
  'ha',
  'crs',
  'migration',
  'replication',
  'next-id',
  'notify',
  'tag-style',
  'user-tag-access',
  'webauthn',
  'u2f',
]);

/**
 * `GET /cluster/options`: property strings come as objects, `mac_prefix` and `description` always; without Sys.Audit
 * only `console` and `tag-style` (pve-manager: PVE/API2/Cluster.pm, get_options).
 */
export const optionsEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/cluster/options',
  handle({ host, user }) {
    const values: Record<string, Json> = {};
    for (const [key, text] of Object.entries(host.datacenter)) values[key] = shownValue(key, text);
    const registered = values['registered-tags'];
    const allowed: Json = Array.isArray(registered) ? registered : [];
    if (host.access.privileges(user, '/').has('Sys.Audit')) {
      return { mac_prefix: 'BC:24:11', description: '', ...values, 'allowed-tags': allowed };
    }
    const shown = ['console', 'tag-style'].flatMap((key) =>
      values[key] === undefined ? [] : [[key, values[key]] as const],
    );
    return { ...Object.fromEntries(shown), 'allowed-tags': allowed };
  },
};

function shownValue(key: string, text: string): Json {
  if (key === 'registered-tags') return text.split(/[,;\s]+/);
  if (!OBJECTS.has(key)) return text;
  return Object.fromEntries(text.split(',').map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']));
}
