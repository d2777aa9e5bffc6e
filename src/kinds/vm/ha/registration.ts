import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Field } from '../../../core/field.ts';
import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import { originOf, type Resource, rangeOf } from '../../../core/resource.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import type { HaResource } from '../../../pve/cluster-rows.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { LiveState, ManagedValue, PlanContext } from '../../kind.ts';
import { isIgnored } from '../ignored.ts';
import { wantedDisks } from '../wants.ts';
import { HA_RULES_KEY } from './rules.ts';
import { unseenDefault } from './unseen-default.ts';

/** How a field that is no config key is compared: under a key of the kind's own, with a codec and a class. */
export function attributeField(path: string, codec: string, changeClass: NonNullable<Field['class']>): Field {
  const field = vmFields.find((candidate) => candidate.path === path);
  return { path, key: false, codec, class: changeClass, description: field?.description ?? '' };
}

const OPTIONS = [
  { name: 'state', key: 'ha.state', codec: 'string' },
  // pve-ha-manager: PVE/HA/Resources.pm, the defaults of resources.cfg, which the API does not fill in.
  { name: 'maxRestart', key: 'ha.max_restart', codec: 'integer', absent: 1 },
  { name: 'maxRelocate', key: 'ha.max_relocate', codec: 'integer', absent: 1 },
  { name: 'failback', key: 'ha.failback', codec: 'boolean', absent: true },
  { name: 'comment', key: 'ha.comment', codec: 'string', absent: '' },
  { name: 'group', key: 'ha.group', codec: 'string' },
  { name: 'rules', key: HA_RULES_KEY, codec: 'flags' },
] as const;

/** The live side of a guest's HA registration, by the keys that it is compared under. */
export function liveHa(ha: HaResource | undefined): ReadonlyMap<string, string> {
  const live = new Map<string, string>();
  if (ha === undefined) return live;
  live.set('ha', '1');
  // `enabled` is an older word for started, and the state of a resource that says none (pve-ha-manager: PVE/HA/Config.pm).
  live.set('ha.state', ha.state === undefined || ha.state === 'enabled' ? 'started' : ha.state);
  if (ha.max_restart !== undefined) live.set('ha.max_restart', String(ha.max_restart));
  if (ha.max_relocate !== undefined) live.set('ha.max_relocate', String(ha.max_relocate));
  if (ha.failback !== undefined) live.set('ha.failback', ha.failback ? '1' : '0');
  if (ha.comment !== undefined) live.set('ha.comment', ha.comment);
  if (ha.group !== undefined) live.set('ha.group', ha.group);
  return live;
}

function managed(resource: Resource, path: string, key: string, codec: string, value: Json | undefined): ManagedValue {
  const origin = originOf(resource, `/${path.replaceAll('.', '/')}`);
  return { path, key, field: attributeField(path, codec, 'L'), value, origin: origin.text, builtIn: origin.builtIn };
}

// pve-ha-manager: PVE/API2/HA/Resources.pm, create.
function mayRegister(context: PlanContext): Promise<boolean> {
  return context.cluster.holds('/', 'Sys.Console');
}

/** Why the HA default does not apply to a new guest; undefined where it does. */
async function whyNotByDefault(resource: Resource, node: string, context: PlanContext): Promise<string | undefined> {
  const status = await unlessRefused(context.cluster.clusterStatus(), undefined);
  if (status === undefined) return 'the token lacks Sys.Audit on /';
  const { quorate, nodes } = status;
  if (!quorate || nodes.filter((candidate) => candidate.online).length < 3)
    return 'the cluster has fewer than three quorate nodes';
  const storages = await context.cluster.storagesOf(node);
  for (const disk of wantedDisks(resource)) {
    const storage = storages.find((candidate) => candidate.storage === disk.storage);
    if (storage === undefined) return `${disk.slot} is on ${disk.storage}, which ${node} does not show`;
    if (storage.shared !== true) return `${disk.slot} is on ${disk.storage}, which is not shared`;
  }
  return (await mayRegister(context)) ? undefined : 'the token lacks Sys.Console on /';
}

/** A note where a token may not read what is registered, so that a guest looks unregistered whether it is or not. */
async function uncheckedHa(
  resource: Resource,
  live: LiveState | undefined,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  // pve-ha-manager: PVE/API2/HA/Resources.pm, index.
  if (live === undefined || (await context.cluster.holds('/', 'Sys.Audit'))) return [];
  const detail =
    'The token may not read what is registered with high availability, so that ha: false was not checked. Give it Sys.Audit on /.';
  const range = rangeOf(resource, '/ha');
  return [
    {
      severity: 'warning',
      code: 'PERMISSION',
      summary: 'not checked',
      detail,
      range,
      address: resource.address,
      pointer: '/ha',
    },
  ];
}

/** What a document says of HA, as managed values, and what there is to tell about it. */
export interface DesiredHa {
  readonly values: readonly ManagedValue[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What a document says of HA. Registration is compared where it is written; the state only where `power` or `ha.state`
 * is; the default registers a new guest, and one whose making was cut off, and is never compared afterwards.
 */
export async function desiredHa(
  resource: Resource,
  node: string,
  live: LiveState | undefined,
  context: PlanContext,
  isMadeAnew = false,
): Promise<DesiredHa> {
  const written = resource.spec['ha'];
  if (written === undefined) {
    // Power of a registered guest is the HA manager's, whoever registered it.
    if (live?.current.has('ha') === true) return { values: stateOf(resource), diagnostics: [] };
    const noDefault =
      resource.spec['defaults'] === 'none' || resource.spec['template'] === true || isIgnored(resource, 'ha');
    if ((live !== undefined && !isMadeAnew) || noDefault) return { values: [], diagnostics: [] };
    const unseen = await unseenDefault(resource, context);
    if (unseen !== undefined) return { values: [], diagnostics: [unseen] };
    const why = await whyNotByDefault(resource, node, context);
    if (why === undefined)
      return {
        values: [
          { ...managed(resource, 'ha', 'ha', 'boolean', true), origin: 'built-in default', builtIn: true },
          ...stateOf(resource),
        ],
        diagnostics: [],
      };
    const detail = `The default registers a guest with HA only where that can work: ${why}. Write ha: true or ha: false to decide.`;
    return {
      values: [],
      diagnostics: [
        {
          severity: 'note',
          code: 'MISSING',
          summary: 'not registered with high availability',
          detail,
          range: resource.range,
          address: resource.address,
        },
      ],
    };
  }
  if (written === false || written === null) {
    return {
      values: [managed(resource, 'ha', 'ha', 'boolean', undefined)],
      diagnostics: await uncheckedHa(resource, live, context),
    };
  }
  const values = [managed(resource, 'ha', 'ha', 'boolean', true), ...stateOf(resource)];
  if (isObject(written)) {
    for (const option of OPTIONS) {
      const value = written[option.name] as Json | undefined;
      if (value === undefined || option.name === 'state') continue;
      const wish = managed(resource, `ha.${option.name}`, option.key, option.codec, canonical(option.codec, value));
      values.push('absent' in option ? { ...wish, field: { ...wish.field, absent: option.absent } } : wish);
    }
  }
  return { values, diagnostics: [] };
}

function stateOf(resource: Resource): readonly ManagedValue[] {
  const written = resource.spec['ha'];
  if (isObject(written) && typeof written['state'] === 'string')
    return [managed(resource, 'ha.state', 'ha.state', 'string', written['state'])];
  const power = resource.spec['power'];
  if (power === undefined) return [];
  const state = managed(resource, 'power', 'ha.state', 'string', power === 'running' ? 'started' : 'stopped');
  return [{ ...state, path: 'ha.state' }];
}

function canonical(codec: string, value: Json): Json | undefined {
  // No rules and no comment are as good as null.
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return undefined;
  return codecOf(codec).fromSpec(value);
}

/** The parameters that change an HA resource, from the values that are to be written. */
export function haParameters(values: readonly Pick<ManagedValue, 'key' | 'value'>[]): JsonObject {
  const params: Record<string, Json> = {};
  for (const { key, value } of values) {
    if (!key.startsWith('ha.') || key === HA_RULES_KEY || value === undefined) continue;
    params[key.slice('ha.'.length)] = typeof value === 'boolean' ? Number(value) : value;
  }
  return params;
}
