import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/core/field.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { coveringPath, optionKey, refusal } from '../../src/kinds/vm/options/option-keys.ts';
import { isInVersion } from '../../src/kinds/vm/project.ts';
import type { ApiFacts, ParameterFact, PropertyFormat } from '../../src/pve/facts/facts.ts';
import { FACT_VERSIONS, loadFacts } from '../../src/pve/facts/load-facts.ts';

/** The parameters of creating and of changing a guest that say how the call is done, and are no config keys. */
const CALL_PARAMETERS: Readonly<Record<string, string>> = {
  archive: 'restores a backup in place of creating a guest',
  background_delay: 'how long the call waits for its task',
  bwlimit: 'how fast a restore may be',
  delete: 'which keys go',
  digest: 'which config the call was made for',
  force: 'whether a restore overwrites, and whether the volumes of removed drives go',
  'ha-managed': 'registers the guest with HA, which is a step of its own',
  'import-working-storage': 'where an import may keep what it works on',
  'live-restore': 'starts the guest while it is restored',
  node: 'where the call goes',
  revert: 'which pending changes go',
  skiplock: 'ignores locks',
  start: 'starts the guest, which is a step of its own',
  storage: 'where drives without a storage go',
  unique: 'gives a restored guest new addresses',
};

/** The sub-keys that are no settings, or that no field has. */
const OTHER_PARTS: Readonly<Record<string, string>> = {
  'smbios1 base64': 'how the other texts are written',
  'intel-tdx type': 'there is one, tdx',
  'boot legacy': 'the order in the form of older versions',
  'drive file': 'the volume, which follows from storage and size',
  'drive media': 'says that a drive is a medium, which os.media does',
  'drive size': 'Proxmox VE reads it from the volume; disks.*.size is a request of its own',
  'drive format': 'what an allocation asks for; it is not stored',
  'drive import-from': 'what an allocation asks for; it is not stored',
  'drive cyls': 'the geometry, which Proxmox VE drops',
  'drive heads': 'the geometry, which Proxmox VE drops',
  'drive secs': 'the geometry, which Proxmox VE drops',
  'drive trans': 'the geometry, which Proxmox VE drops',
  'drive bps': 'broken in Proxmox VE: any value is stored as 0; mbps is what works',
  'drive bps_rd': 'broken in Proxmox VE: any value is stored as 0; mbps is what works',
  'drive bps_wr': 'broken in Proxmox VE: any value is stored as 0; mbps is what works',
  'drive ms-cert': 'Proxmox VE keeps it itself: what is written is rewritten as it enrols certificates',
  'agent freeze-fs-on-backup': 'another name of freeze-fs, in older versions',
  'agent guest-fsfreeze': 'another name of freeze-fs, in older versions',
};

const DRIVE = /^(?:ide|sata|scsi|virtio)\[n\]$|^(?:cdrom|efidisk0|tpmstate0|unused\[n\])$/;

/** What stands for a parameter among the keys of fields: `net*` of `net[n]`, `*` of a drive. */
function fieldKeyOf(parameter: string): string {
  if (/^(?:ide|sata|scsi|virtio)\[n\]$/.test(parameter)) return '*';
  return parameter === 'cdrom' ? 'ide2' : parameter.replace('[n]', '*');
}

function fieldsOf(parameter: string, sub: string): readonly Field[] {
  return vmFields.filter((field) => field.key === fieldKeyOf(parameter) && field.sub === sub);
}

/** The name of a sub-key as OTHER_PARTS has it. */
function partName(parameter: string, sub: string): string {
  return `${DRIVE.test(parameter) ? 'drive' : parameter.replace('[n]', '')} ${sub}`;
}

interface Known {
  readonly parameters: Readonly<Record<string, ParameterFact>>;
  readonly formats: ApiFacts['formats'];
}

function formatOf(parameter: ParameterFact, { formats }: Known): PropertyFormat {
  const format = parameter.format === undefined ? undefined : formats[parameter.format];
  return format === undefined || format === 'validator' ? {} : format;
}

/** The config keys and their sub-keys that a document cannot express. */
function uncovered(known: Known): readonly string[] {
  return Object.entries(known.parameters).flatMap(([parameter, fact]) => {
    const key = parameter.replace('[n]', '1');
    if (CALL_PARAMETERS[parameter] !== undefined || refusal(key) !== undefined) return [];
    if (optionKey(key) !== undefined) return [];
    if (coveringPath(key) === undefined) return [parameter];
    const parts = Object.entries(formatOf(fact, known)).filter(([, part]) => part.alias === undefined);
    return parts
      .filter(([sub]) => fieldsOf(parameter, sub).length === 0 && OTHER_PARTS[partName(parameter, sub)] === undefined)
      .filter(() => parameter !== 'cdrom' && !parameter.startsWith('unused'))
      .map(([sub]) => `${parameter} ${sub}`);
  });
}

async function knownTo(version: (typeof FACT_VERSIONS)[number]): Promise<Known> {
  const { endpoints, formats } = await loadFacts(version);
  const calls = endpoints.filter(
    ({ path, method }) =>
      (path === '/nodes/{node}/qemu' && method === 'POST') ||
      (path === '/nodes/{node}/qemu/{vmid}/config' && method !== 'GET'),
  );
  return { parameters: Object.assign({}, ...calls.map(({ parameters }) => parameters)), formats };
}

describe('R-14: every config key can be expressed', () => {
  it.each(FACT_VERSIONS)('of Proxmox VE %s, and every sub-key: by a field, or through options', async (version) => {
    const known = await knownTo(version);
    expect(Object.keys(known.parameters).length).toBeGreaterThan(80);
    expect(uncovered(known)).toEqual([]);
  });

  it('a key or a sub-key that nobody knows is found', async () => {
    const known = await knownTo('9.2');
    const cpu = known.formats['pve-vm-cpu-conf'] as PropertyFormat;
    expect(
      uncovered({
        parameters: { ...known.parameters, 'quantum[n]': { type: 'string' } },
        formats: { ...known.formats, 'pve-vm-cpu-conf': { ...cpu, spin: { type: 'boolean' } } },
      }),
    ).toEqual(['cpu spin', 'quantum[n]']);
  });

  it('what is left out is there in some version, for a reason', async () => {
    const all = await Promise.all(FACT_VERSIONS.map(knownTo));
    const parameters = new Set(all.flatMap((known) => Object.keys(known.parameters)));
    expect(Object.keys(CALL_PARAMETERS).filter((name) => !parameters.has(name))).toEqual([]);
    const parts = new Set(
      all.flatMap((known) =>
        Object.entries(known.parameters).flatMap(([parameter, fact]) =>
          Object.keys(formatOf(fact, known)).map((sub) => partName(parameter, sub)),
        ),
      ),
    );
    // A name of an older version is an alias in the newer ones.
    expect(Object.keys(OTHER_PARTS).filter((name) => !parts.has(name))).toEqual([]);
  });

  it('a key is a field’s or an option, never both', async () => {
    const keys = Object.keys((await knownTo('9.2')).parameters).map((parameter) => parameter.replace('[n]', '1'));
    expect(keys.filter((key) => coveringPath(key) !== undefined && optionKey(key) !== undefined)).toEqual([]);
  });

  it.each(['8.4', '9.2'] as const)('the fields of Proxmox VE %s are what its API knows', async (version) => {
    const known = await knownTo(version);
    const unknown = vmFields.flatMap((field) => {
      if (field.key === false || field.codec === undefined || !isInVersion(field, version)) return [];
      // Not every bus has every option of a drive: that is what `requires` says.
      const bus = field.requires?.flatMap((condition) => condition['bus'] ?? [])[0] ?? 'scsi';
      const parameter =
        field.key === '*' ? `${bus}[n]` : Object.keys(known.parameters).find((name) => fieldKeyOf(name) === field.key);
      const fact =
        parameter === undefined ? known.parameters[field.key.replace(/\d+$/, '[n]')] : known.parameters[parameter];
      if (fact === undefined) return [field.path];
      const format = formatOf(fact, known);
      const isStored = field.sub !== undefined && Object.keys(format).length > 0;
      const names = [field.sub ?? '', ...Object.keys(format).filter((name) => format[name]?.alias === field.sub)];
      // A volume's storage is no sub-key, and older versions know freeze-fs by another name.
      const other = field.sub === 'storage' || field.sub === 'freeze-fs' || OTHER_PARTS[`drive ${field.sub}`];
      return isStored && !names.some((name) => Object.hasOwn(format, name)) && !other ? [field.path] : [];
    });
    expect(unknown).toEqual([]);
  });
});
