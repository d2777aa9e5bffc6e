import { vmFormats } from '../../../generated/fields/vm.ts';
import { PropertyStringError, parsePropertyString, printPropertyString } from '../../../pve/codecs/property-string.ts';
import type { ManagedValue } from '../../kind.ts';

/** What a new guest's `smbios1` asks for in place of a uuid, where the document has none: a new one. */
export const NEW_UUID = '{uuid}';

const FORMAT = vmFormats['smbios1'] ?? {};

function isYes(text: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(text ?? '');
}

/**
 * The parts of a `smbios1` with its texts in plain, whether they are stored as base64 or not; undefined for what cannot be
 * taken apart (qemu-server: PVE/QemuServer.pm, $smbios1_fmt).
 */
export function smbiosParts(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const { base64, ...parts } = parsePropertyString(text, FORMAT);
    if (!isYes(base64)) return parts;
    return Object.fromEntries(
      Object.entries(parts).map(([sub, value]) => [
        sub,
        sub === 'uuid' ? value : Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}

/** A `smbios1` of plain parts; texts are always base64, which Proxmox VE's pattern for them would else forbid. */
export function printSmbios(parts: Readonly<Record<string, string>>): string {
  const entries = Object.entries(parts).map(([sub, value]) => [
    sub,
    sub === 'uuid' ? value : Buffer.from(value, 'utf8').toString('base64'),
  ]);
  const hasTexts = Object.keys(parts).some((sub) => sub !== 'uuid');
  return printPropertyString({ ...Object.fromEntries(entries), ...(hasTexts ? { base64: '1' } : {}) }, FORMAT);
}

/**
 * The `smbios1` that a document wants over the live one. The uuid tells one guest from another, and Proxmox VE drops it
 * where it is not sent again: the live one is carried along, and a new guest gets a new one. Undefined where nothing is
 * to be set.
 */
export function smbiosText(live: string | undefined, values: readonly ManagedValue[]): string | undefined {
  const parts: Record<string, string> = { ...(live === undefined ? {} : smbiosParts(live)) };
  for (const { sub, value } of values) {
    if (sub === undefined) continue;
    if (value !== undefined) parts[sub] = String(value);
    else if (sub !== 'uuid') delete parts[sub];
  }
  if (Object.keys(parts).length === 0) return undefined;
  if (live === undefined && parts['uuid'] === undefined) parts['uuid'] = NEW_UUID;
  return printSmbios(parts);
}
