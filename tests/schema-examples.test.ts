import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { examplesOf } from '../scripts/field-examples.mjs';
import { loadSchemas } from '../scripts/schemas.mjs';
import { checkResources } from '../src/cli/check-resources.ts';
import { loadFiles } from './spec/load-text.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../schema');

describe('the examples', () => {
  const examples = [...loadSchemas(folder)].flatMap(([kind, schema]) =>
    [...examplesOf(schema)].map(([path, list]) => ({ kind, path, list })),
  );

  it('stand on every field', () => {
    expect(examples.filter(({ list }) => list.length === 0).map(({ kind, path }) => `${kind}: ${path}`)).toEqual([]);
  });

  it.each(examples)('of $kind $path are valid', async ({ kind, list }) => {
    for (const { part, yaml } of list) {
      expect(parse(yaml)).toEqual(part);
      const file = kind === 'project' ? 'pvevm.yaml' : 'document.yaml';
      // What is exclusive has to be written.
      const devices = { disks: { scsi0: {} }, network: { net0: {} } };
      const image = { name: 'example', storage: 'local', url: 'https://example.test/disk.iso' };
      const bases = { project: {}, image, vm: { name: 'example', ...devices } };
      const whole = { kind, ...bases[kind as keyof typeof bases] };
      const files = {
        [file]: stringify({ ...whole, ...part }),
        'base.yaml': `kind: ${kind}\n`,
        'guest.password': 'x\n',
      };
      const { diagnostics, resources } = await loadFiles(files, [file], '', { env: { GUEST_PASSWORD: 'x' } });
      // A variable that nothing asks for is worth a warning, and no mistake in an example of how to write one.
      const errors = [...diagnostics, ...(await checkResources(resources))].filter(
        ({ severity }) => severity === 'error',
      );
      expect(errors).toEqual([]);
    }
  });
});
