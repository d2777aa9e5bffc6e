import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

/** The JSON documents that commands print, by the names of their schemas. */
export const OUTPUT_NAMES = [
  'audit',
  'audit-show',
  'audit-verify',
  'context-list',
  'context-remove',
  'context-use',
  'diagnostics',
  'doctor',
  'events',
  'explain',
  'export',
  'fmt',
  'login',
  'output',
  'plan',
  'render',
  'run',
  'sandbox-load',
  'sandbox-reset',
  'sandbox-serve',
  'schema',
  'status',
  'validate',
] as const;

export type OutputName = (typeof OUTPUT_NAMES)[number];

/** The folder of the published schemas. */
export const OUTPUT_FOLDER: string = join(dirname(fileURLToPath(import.meta.url)), '..', 'schema', 'output');

/** The schema of an output, as it is published. */
export function outputSchema(name: OutputName): Record<string, unknown> {
  return JSON.parse(readFileSync(join(OUTPUT_FOLDER, `${name}.schema.json`), 'utf8')) as Record<string, unknown>;
}

let ajv: Ajv | undefined;

/** What is wrong with an output, in the words of its schema; nothing for one that is right. */
export function problemsOfOutput(name: OutputName, value: unknown): readonly string[] {
  ajv ??= new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    schemas: OUTPUT_NAMES.map(outputSchema),
  });
  const validate = ajv.getSchema(`output/${name}.schema.json`) as ValidateFunction;
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}
