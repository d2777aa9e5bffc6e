import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vmFormats } from '../../../src/generated/fields/vm.ts';
import {
  type PropertyString,
  PropertyStringError,
  parsePropertyString,
  printPropertyString,
} from '../../../src/pve/codecs/property-string.ts';
import type { PropertyFact, PropertyFormat } from '../../../src/pve/facts/facts.ts';
import { FACT_VERSIONS, loadFacts } from '../../../src/pve/facts/load-facts.ts';

const isName = ([, fact]: readonly [string, PropertyFact]): boolean => fact.alias === undefined;

/** Texts that a sub-key may hold: all but commas, and not blank. */
const anyText = fc
  .string({ unit: fc.constantFrom(...'abcXYZ0189 -_.:;/+=%ä*'), minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() !== '');

function textOf(fact: PropertyFact): fc.Arbitrary<string> {
  if (fact.enum !== undefined && fact.enum.length > 0) return fc.constantFrom(...fact.enum);
  if (fact.type === 'boolean')
    return fc.constantFrom('1', '0', 'on', 'off', 'yes', 'no', 'true', 'false', 'Yes', 'OFF');
  if (fact.type === 'integer') return fc.integer({ min: 0 }).map(String);
  if (fact.type === 'number') return fc.tuple(fc.nat(), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`);
  return anyText;
}

/** Any set of a format's sub-keys with values of their types. */
function valuesOf(format: PropertyFormat): fc.Arbitrary<PropertyString> {
  const models = Object.entries(format).filter(([, { keyAlias }]) => keyAlias !== undefined);
  const modelKey = models[0]?.[1].keyAlias;
  const entries = Object.entries(format)
    .filter(isName)
    .map(([key, fact]) => {
      // The model's own name is the key that its address is written with, so that no other will do.
      const text = key === modelKey ? fc.constantFrom(...models.map(([name]) => name)) : textOf(fact);
      return fc.option(text, { nil: undefined }).map((value) => [key, value] as const);
    });
  return fc.tuple(...entries).map((found) => {
    const values: Record<string, string> = {};
    for (const [key, value] of found) if (value !== undefined) values[key] = value;
    return values;
  });
}

/** The ways in which the same values can be written: in any order, by any name, with blank segments between. */
function spellingsOf(values: PropertyString, format: PropertyFormat): fc.Arbitrary<string> {
  const segments = Object.entries(values).map(([key, value]) => {
    const aliases = Object.entries(format).filter(([, fact]) => fact.alias === key && fact.keyAlias === undefined);
    const named = [key, ...aliases.map(([name]) => name)].map((name) => `${name}=${value}`);
    const mayBeBare = format[key]?.default_key === 1 && !value.includes('=');
    return fc.constantFrom(...named, ...(mayBeBare ? [value] : []));
  });
  return fc
    .tuple(fc.tuple(...segments), fc.array(fc.constantFrom('', ' '), { maxLength: 2 }))
    .chain(([parts, blanks]) => {
      const all = [...parts, ...blanks];
      return fc.shuffledSubarray(all, { minLength: all.length });
    })
    .map((parts) => parts.join(','));
}

/** The formats of all versions, and those of the fields, by name. */
async function allFormats(): Promise<readonly (readonly [name: string, PropertyFormat])[]> {
  const found: [string, PropertyFormat][] = Object.entries(vmFormats).map(([key, format]) => [`fields ${key}`, format]);
  for (const version of FACT_VERSIONS) {
    const { formats } = await loadFacts(version);
    for (const [name, format] of Object.entries(formats)) {
      if (format !== 'validator') found.push([`${version} ${name}`, format]);
    }
  }
  return found;
}

describe('R-8: property strings of every format of every version', async () => {
  const formats = await allFormats();

  it('are those of the API facts', () => {
    expect(formats.length).toBeGreaterThan(250);
  });

  it('are read back as they were printed', () => {
    for (const [name, format] of formats) {
      const property = fc.property(valuesOf(format), (values) => {
        expect(parsePropertyString(printPropertyString(values, format), format), name).toEqual(values);
      });
      fc.assert(property, { numRuns: 20, seed: 7 });
    }
  });

  it('mean the same in every order, by every name, and with blank segments', () => {
    for (const [name, format] of formats) {
      const written = valuesOf(format).chain((values) => fc.tuple(fc.constant(values), spellingsOf(values, format)));
      const property = fc.property(written, ([values, text]) => {
        const read = parsePropertyString(text, format);
        expect(read, `${name}: ${text}`).toEqual(values);
        expect(parsePropertyString(printPropertyString(read, format), format), name).toEqual(values);
      });
      fc.assert(property, { numRuns: 20, seed: 7 });
    }
  });
});

const NET = vmFormats['net*'] as PropertyFormat;
const AGENT = vmFormats['agent'] as PropertyFormat;
const SCSI = vmFormats['*'] as PropertyFormat;

it.each<[text: string, format: PropertyFormat, values: PropertyString]>([
  ['virtio=BC:24:11:00:00:01,bridge=vmbr0', NET, { model: 'virtio', macaddr: 'BC:24:11:00:00:01', bridge: 'vmbr0' }],
  ['bridge=vmbr0,virtio', NET, { model: 'virtio', bridge: 'vmbr0' }],
  ['macaddr=BC:24:11:00:00:01,model=e1000', NET, { model: 'e1000', macaddr: 'BC:24:11:00:00:01' }],
  ['guest-fsfreeze=0,1', AGENT, { enabled: '1', 'freeze-fs': '0' }],
  // Only a key by its own name can be twice: of aliases, the last one counts.
  ['1,freeze-fs-on-backup=0,guest-fsfreeze=1', AGENT, { enabled: '1', 'freeze-fs': '1' }],
  ['1,freeze-fs=0,freeze-fs-on-backup=1', AGENT, { enabled: '1', 'freeze-fs': '1' }],
  ['enabled=0,1', AGENT, { enabled: '1' }],
  [' ,1,,', AGENT, { enabled: '1' }],
  ['1, type=isa', AGENT, { enabled: '1', ' type': 'isa' }],
  ['volume=a:b', SCSI, { file: 'a:b' }],
  ['a:b,serial==x=', SCSI, { file: 'a:b', serial: '=x=' }],
  ['', SCSI, {}],
])('R-8: %j is read as Proxmox VE reads it', (text, format, values) => {
  expect(parsePropertyString(text, format)).toEqual(values);
});

it.each<[text: string, format: PropertyFormat, message: string]>([
  ['1,0', AGENT, 'duplicate key in comma-separated list property: enabled'],
  ['enabled=1,1', AGENT, 'duplicate key in comma-separated list property: enabled'],
  ['type=isa,type=isa', AGENT, 'duplicate key in comma-separated list property: type'],
  ['virtio=BC:24:11:00:00:01,e1000=BC:24:11:00:00:02', NET, "key alias 'model' is already defined"],
  ['1,type=', AGENT, 'missing key in comma-separated list property'],
  ['1,=isa', AGENT, 'missing key in comma-separated list property'],
  ['x', vmFormats['ipconfig*'] as PropertyFormat, 'value without key, but schema does not define a default key'],
])('refuses %j in Proxmox VE’s words', (text, format, message) => {
  expect(() => parsePropertyString(text, format)).toThrow(new PropertyStringError(message));
});

it('prints no value with a comma, which would be read as another key', () => {
  const print = (): string => printPropertyString({ file: 'local:iso/a,media=disk' }, SCSI);
  expect(print).toThrow(new PropertyStringError('illegal value with commas for file'));
});
