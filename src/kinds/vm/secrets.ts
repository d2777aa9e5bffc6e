import type { Effect } from '../../core/effect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Resource } from '../../core/resource.ts';
import { vmFields } from '../../generated/fields/vm.ts';
import type { LiveState } from '../kind.ts';
import { type Draft, TIMEOUTS } from './steps.ts';

const SECRET_FIELDS = vmFields.filter((field) => field.writeOnly === true);
const SECRET_KEYS: ReadonlySet<string | false> = new Set(SECRET_FIELDS.map((field) => field.key));

/** Whether a config key holds a secret: `cipassword`. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEYS.has(key);
}

/**
 * The step that sets secrets, whose values are placeholders; none where there are none. It is no part of the create
 * request, in which Proxmox VE stores a password in clear (qemu-server: PVE/API2/Qemu.pm, create_vm).
 */
export function secretDrafts(path: string, params: JsonObject, effect: Effect): readonly Draft[] {
  const secrets = Object.keys(params);
  if (secrets.length === 0) return [];
  return [
    {
      title: 'set password',
      effect,
      request: { method: 'PUT', path: `${path}/config`, params, secrets },
      await: { for: 'none', timeoutMs: TIMEOUTS.config },
    },
  ];
}

/**
 * The state of a clone to be made, without the secrets that its document writes: those that it would have are of the
 * guest that it is cloned from.
 */
export function withoutWrittenSecrets(live: LiveState, { secrets }: Resource): LiveState {
  const written = new Set(SECRET_FIELDS.filter(({ path }) => secrets?.has(path) === true).map(({ key }) => key));
  const others = (texts: LiveState['current']): LiveState['current'] =>
    new Map([...texts].filter(([key]) => !written.has(key)));
  return { ...live, current: others(live.current), pending: others(live.pending) };
}
