import { describe, expect, it } from 'vitest';
import type { Field } from '../src/core/field.ts';
import { isWholeDevice } from '../src/core/field.ts';
import type { Json } from '../src/core/json.ts';
import { compare } from '../src/engine/compare.ts';
import { vmFields } from '../src/generated/fields/vm.ts';
import type { LiveState, ManagedValue } from '../src/kinds/kind.ts';
import { freshText, overlaidText } from '../src/kinds/vm/config-text.ts';
import { NEW_UUID } from '../src/kinds/vm/devices/smbios.ts';
import { decodeVm, isDriveKey, isVolumeKey, storedParts } from '../src/kinds/vm/live.ts';
import { optionKey } from '../src/kinds/vm/options/option-keys.ts';
import { codecOf } from '../src/pve/codecs/codecs.ts';
import { type StoredValue, sentValues, storedValues } from './recorded-configs.ts';

const FOLDER = process.env['PVEVM_RECORDINGS'];

// What Proxmox VE keeps for itself, and what is no config value to it.
const NO_SETTINGS = /^(digest|meta|lock|parent|snaptime|vmstate|running.*|unused\d+|snapshots|template)$/;

// Sub-keys that no field is for, each with what stands for it.
const WITHOUT_FIELD: Readonly<Record<string, string>> = {
  'boot legacy': 'the deprecated form of an order, which a written one takes the place of',
  'drive media': 'whether a drive is a medium, which its place in the document says',
  'efidisk0 file': 'the volume, which stays the one that it is',
  'efidisk0 ms-cert': 'kept by Proxmox VE itself',
  'efidisk0 size': 'what the firmware needs',
  'tpmstate0 file': 'the volume, which stays the one that it is',
  'tpmstate0 format': 'told by the volume',
  'tpmstate0 size': 'what a TPM needs',
};

// What the host can do with at most (qemu-server: PVE/API2/Qemu.pm); the schema takes no more.
const MOST_CPU_UNITS = 10_000;

function fieldsOf(key: string): readonly Field[] {
  const isOf = (name: string): boolean =>
    name === '*' ? isDriveKey(key) : name === key || (name.endsWith('*') && name === key.replace(/\d+$/, '*'));
  return vmFields.filter((field) => field.key !== false && field.codec !== undefined && isOf(field.key));
}

function managed(field: Field, key: string, sub: string | undefined, value: Json | undefined): ManagedValue {
  return { path: field.path, key, ...(sub === undefined ? {} : { sub }), field, value, origin: 'test', builtIn: false };
}

/** A config value in canonical form, as a document that says all of it would want it; the sub-keys without a field. */
function canonical(key: string, text: string): { values: readonly ManagedValue[]; homeless: readonly string[] } {
  const fields = fieldsOf(key).filter((field) => !isWholeDevice(field));
  const parse = (field: Field, part: string): Json => codecOf(field.codec ?? 'string').parse(part);
  const described = fields.find((field) => field.path === 'description');
  const parts = decodeVm(key, text);
  if (described !== undefined) return { values: [managed(described, key, 'text', parts?.['text'])], homeless: [] };
  if (parts === undefined) {
    const field = fields.find((candidate) => candidate.sub === undefined);
    return field === undefined
      ? { values: [], homeless: [''] }
      : { values: [managed(field, key, undefined, parse(field, text))], homeless: [] };
  }
  const found = Object.entries(parts).map(([sub, part]) => {
    const field = fields.find((candidate) => candidate.sub === sub);
    return field === undefined ? sub : managed(field, key, sub, parse(field, part));
  });
  return {
    values: found.filter((value) => typeof value !== 'string'),
    homeless: found.filter((value) => typeof value === 'string'),
  };
}

function liveOf(key: string, text: string | number | undefined): LiveState {
  const texts = new Map(text === undefined ? [] : [[key, String(text)]]);
  return { current: texts, pending: texts, running: false, hotplug: new Set() };
}

/** What differs in meaning, as a reader would see it. */
function differences(
  values: readonly ManagedValue[],
  key: string,
  text: string | number | undefined,
): readonly unknown[] {
  return compare(values, liveOf(key, text), decodeVm).map(({ path, before, after }) => [path, before, after]);
}

/** The sub-keys that stand for something else in a request: what is to be allocated, and what only a volume tells. */
function isOfRequest(value: ManagedValue): boolean {
  if (!isVolumeKey(value.key)) return true;
  if (['storage', 'format', 'size'].includes(value.sub ?? '')) return false;
  return value.sub !== 'file' || !/^[^:]+:(\d+(\.\d+)?|cloudinit)$/.test(String(value.value));
}

interface Loss {
  readonly how: string;
  readonly difference: readonly unknown[];
}

/** What a value loses on its way through the codecs: into a document's words, and printed alone and over itself. */
function lossesOf({ key, text }: StoredValue): readonly Loss[] {
  const { values, homeless } = canonical(key, text);
  if (values.length === 0 || values.some((value) => value.field.writeOnly === true)) return [];
  const inWords = values.map((value) => {
    const codec = codecOf(value.field.codec ?? 'string');
    return { ...value, value: value.value === undefined ? undefined : codec.fromSpec(codec.toSpec(value.value)) };
  });
  const over = overlaidText(key, text, values);
  // Proxmox VE reads a volume's size itself.
  const printed = values.filter((value) => !isVolumeKey(key) || value.sub !== 'size');
  const [before, after] = [storedParts(key, text), storedParts(key, String(over ?? ''))];
  const carried = homeless.filter((sub) => sub !== '' && WITHOUT_FIELD[`${key} ${sub}`] === undefined);
  const losses: Loss[] = [
    { how: 'in the words of a spec', difference: differences(inWords, key, text) },
    { how: `printed over itself as ${over}`, difference: differences(printed, key, over) },
    { how: `carried along in ${over}`, difference: carried.filter((sub) => before?.[sub] !== after?.[sub]) },
  ];
  if (!isVolumeKey(key)) {
    const fresh = freshText(key, values);
    const again = fresh === undefined ? [] : canonical(key, String(fresh)).values;
    losses.push(
      { how: `printed as ${fresh}`, difference: differences(values, key, fresh) },
      // A new guest's smbios1 asks for a uuid.
      {
        how: 'read again',
        difference: differences(
          again.filter(({ value }) => value !== NEW_UUID),
          key,
          text,
        ),
      },
    );
  }
  return losses.filter(({ difference }) => difference.length > 0);
}

// The recordings are not part of the project: without PVEVM_RECORDINGS, which names their folder, these tests are skipped.
describe.skipIf(FOLDER === undefined).each(['9.2', '8.4'])(
  'the configs of the real Proxmox VE %s, which are skipped without PVEVM_RECORDINGS',
  (version) => {
    const stored =
      FOLDER === undefined ? [] : storedValues(FOLDER, version).filter(({ key }) => !NO_SETTINGS.test(key));
    const sent = FOLDER === undefined ? [] : sentValues(FOLDER, version);

    it('R-8: every stored value goes through the codecs and back without loss', () => {
      const lost = stored.flatMap((value) => lossesOf(value).map((loss) => ({ ...value, ...loss })));
      process.stdout.write(`${version}: ${stored.length} stored values\n`);
      expect(lost).toEqual([]);
      expect(stored.length).toBeGreaterThan(200);
    });

    it('R-8: what was sent and what was stored say the same', () => {
      const pairs = sent.flatMap(({ key, text, stored: now, source }) => {
        if (key === 'cpuunits' && Number(text) > MOST_CPU_UNITS) return [];
        const asked = canonical(key, text).values.filter(isOfRequest);
        return asked.length === 0 ? [] : [{ key, text, now, source, difference: differences(asked, key, now) }];
      });
      process.stdout.write(`${version}: ${pairs.length} pairs of a value that was sent and what was stored\n`);
      expect(pairs.filter(({ difference }) => difference.length > 0)).toEqual([]);
      expect(pairs.length).toBeGreaterThan(100);
    });

    it('R-14: every key and sub-key has a field, or is known to need none', () => {
      const homeless = stored
        .filter(({ key }) => optionKey(key) === undefined)
        .flatMap(({ key, text }) =>
          canonical(key, text).homeless.map((sub) => `${isDriveKey(key) ? 'drive' : key} ${sub}`.trim()),
        );
      expect([...new Set(homeless)].filter((name) => WITHOUT_FIELD[name] === undefined)).toEqual([]);
    });
  },
);
