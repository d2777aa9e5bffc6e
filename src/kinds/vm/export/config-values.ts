import { type Field, isConfigField, isWholeDevice } from '../../../core/field.ts';
import { standsFor } from '../../../core/field-path.ts';
import { type Json, jsonEqual } from '../../../core/json.ts';
import { vmFields } from '../../../generated/fields/vm.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import { decodeVm, formatOf } from '../live.ts';
import { coveringPath, optionKey, refusal } from '../options/option-keys.ts';
import { isInVersion } from '../project.ts';
import type { Draft } from './draft.ts';

// qemu-server's defaults for these have changed between versions: a document that makes the guest anew has to say them.
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set([
  'system.efi.type',
  'system.efi.preEnrolledKeys',
  'system.tpm.version',
]);

const NO_FIELD = 'No field stands for it.';

/** The path of a field on a key: `network.*.vlan` on net0 is `network.net0.vlan`, and the addresses of ipconfig0 are net0's. */
function pathOn(field: Field, key: string): string {
  const slot = field.path.startsWith('cloudInit.addresses.') ? `net${/\d+$/.exec(key)?.[0] ?? ''}` : key;
  return field.path
    .split('.')
    .map((part) => (part.endsWith('*') ? slot : part))
    .join('.');
}

/** What stands in a spec for a stored text; undefined for what means the same as absence. */
function specValue(field: Field, text: string | undefined): Json | undefined {
  const codec = codecOf(field.codec ?? 'string');
  const absent = field.absent === undefined ? undefined : codec.fromSpec(field.absent);
  const value = text === undefined ? undefined : codec.parse(text);
  if (ALWAYS_WRITTEN.has(field.path)) return codec.toSpec(value ?? absent ?? null);
  if (value === undefined || (absent !== undefined && jsonEqual(absent, value))) return undefined;
  return codec.toSpec(value);
}

/** Writes what fields say of a key, and notes the parts of it that no field says. `computed` are no parts of it. */
export function takeFields(
  draft: Draft,
  [key, text]: readonly [key: string, text: string],
  fields: readonly Field[],
  version: string,
  computed: ReadonlySet<string> = new Set(),
): void {
  const parts = decodeVm(key, text);
  if (parts === undefined && formatOf(key) !== undefined) {
    draft.lose(key, `Its value, ${text}, cannot be taken apart.`);
    return;
  }
  const taken = new Set(computed);
  for (const field of fields) {
    if (field.sub !== undefined) taken.add(field.sub);
    const path = pathOn(field, key);
    if (isWholeDevice(field)) {
      draft.put(path, {});
      continue;
    }
    if (field.sub !== undefined && computed.has(field.sub)) continue;
    const value = specValue(field, field.sub === undefined ? text : parts?.[field.sub]);
    if (value === undefined) continue;
    if (isInVersion(field, version)) draft.put(path, value);
    else draft.lose(path, `Fields of documents know it from Proxmox VE ${field.since ?? field.until} on.`);
  }
  if (fields.some((field) => field.sub === undefined && !isWholeDevice(field))) return;
  for (const sub of Object.keys(parts ?? {}).sort())
    if (!taken.has(sub)) draft.lose(`${key} (${sub}=${parts?.[sub]})`, NO_FIELD);
}

/** The fields that a config key is written as: those of its own name, or of its sort (`serial*` is not for serial0). */
export function fieldsOf(key: string): readonly Field[] {
  const known = vmFields.filter((field) => isConfigField(field) && field.key !== '*');
  const own = known.filter((field) => field.key === key);
  return own.length > 0 ? own : known.filter((field) => standsFor(String(field.key), key));
}

/** Writes a config key that no field takes: under `options` where that takes it, otherwise among what is lost. */
export function takeOption(draft: Draft, key: string, text: string): void {
  const option = optionKey(key);
  if (option === undefined) {
    const path = coveringPath(key);
    const older = path === undefined ? undefined : `It is an older form of what documents write as ${path}.`;
    draft.lose(`${key}: ${text}`, refusal(key) ?? older ?? NO_FIELD);
    return;
  }
  if (text === option.absent) return;
  const isNumber = (option.type === 'integer' || option.type === 'number') && Number.isFinite(Number(text));
  if (isNumber && Number(text) === Number(option.absent)) return;
  const value = option.type === 'boolean' ? text === '1' : isNumber ? Number(text) : text;
  draft.put(`options.${key}`, value);
}
