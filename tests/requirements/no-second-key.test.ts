import { expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { vm } from '../../src/generated/validators/vm.js';
import { checkVm } from '../../src/kinds/vm/check.ts';
import { loadFiles } from '../spec/load-text.ts';

const SLOTS: Readonly<Record<string, string>> = {
  disks: 'scsi0',
  network: 'net0',
  addresses: 'net0',
  numaNodes: 'numa0',
};

/** A document with one value, at the path of a field. */
function documentWith(path: string, value: Json): JsonObject {
  const names = path.split('.');
  const nested = names.reduceRight<Json>((inner, name, index) => {
    const slot = name === '*' ? (SLOTS[names[index - 1] ?? ''] ?? name) : name.replace('*', '0');
    return { [slot]: inner };
  }, value);
  return { kind: 'vm', name: 'web', ...(nested as JsonObject) };
}

const TEXTS = ['x,y=1', 'local:iso/x,y=1', 'local:snippets/a,b.yaml', '/x,y=1', '+x,y=1', '10.0.0.1/8,gw=10.0.0.2'];
const inStrings = vmFields.filter((field) => field.key !== false && field.sub !== undefined).map(({ path }) => path);
// Their texts are encoded (qemu-server: PVE/QemuServer.pm, base64 of smbios1).
const isEncoded = (path: string): boolean => path.startsWith('system.smbios.');

async function isTaken(path: string, value: Json): Promise<boolean> {
  const document = documentWith(path, value);
  if (!vm(document)) return false;
  const { resources, diagnostics } = await loadFiles({ 'vm.yaml': JSON.stringify(document) });
  return [...diagnostics, ...resources.flatMap(checkVm)].every(({ severity }) => severity !== 'error');
}

// A property string is split at commas, and knows no way to write one.
it.each([...new Set(inStrings)].filter((path) => !isEncoded(path)))(
  'R-17: %s takes no text that would be another key of its property string',
  async (path) => {
    for (const value of TEXTS.flatMap((text) => [text, [text]])) {
      expect(await isTaken(path, value), JSON.stringify(value)).toBe(false);
    }
  },
);
