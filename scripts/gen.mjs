// Writes src/generated/ and src/registry/ from schema/ and src/kinds/, schema/pvevm.schema.json and docs/spec.md from schema/,
// docs/client.md from the API facts, and docs/errors.md from the explanations of the errors.
// Nothing is written whose content has not changed, so that watchers and caches stay quiet.
// docs/ and schema/pvevm.schema.json are committed: they are read where nothing is built.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { compile } from 'json-schema-to-typescript';
import { storedFacts, storedResults } from './api-facts/stored.mjs';
import { editorSchema } from './editor-schema.mjs';
import { errorPage } from './error-page.mjs';
import { apiTypes } from './gen-api-types.mjs';
import { clientPage } from './gen-client-docs.mjs';
import { specPage } from './gen-docs.mjs';
import { optionTable } from './option-table.mjs';
import { createAjv, fieldsOf, loadSchemas } from './schemas.mjs';
import { withSmallLiterals } from './validator-literals.mjs';
import { validatorSchemas } from './validator-schema.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const schemaFolder = join(root, 'schema');
const generated = join(root, 'src/generated');
const registry = join(root, 'src/registry');
const written = new Set();

function write(path, text) {
  written.add(path);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function removeStale(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !written.has(path)) rmSync(path);
  }
}

// --- the property strings --------------------------------------------------------------------------------------------

// What the API facts do not spell out: `startup` is parsed by code (pve-common: PVE/JSONSchema.pm, pve_parse_startup_order).
const codedFormats = { startup: { order: { default_key: 1 }, up: {}, down: {} } };

function formatIn(facts, endpoint, key) {
  const parameters = facts.endpoints.find((fact) => fact.path === endpoint && fact.method === 'POST').parameters;
  const name = key === '*' ? 'scsi[n]' : key.replace('*', '[n]');
  const parameter = parameters[name] ?? parameters[key.replace(/\d+$/, '[n]')];
  return codedFormats[key] ?? facts.formats[parameter?.format];
}

/** The alias by which all versions know a sub-key that older ones do not know by its own name; undefined for others. */
function olderName(sub, format, oldest) {
  if (oldest === undefined || oldest === 'validator' || Object.hasOwn(oldest, sub)) return undefined;
  return Object.keys(format).find((name) => format[name].alias === sub && Object.hasOwn(oldest, name));
}

/** The formats of the config keys that a kind's fields name, reduced to what taking apart and writing them needs. */
function formatsOf(fields, versions, endpoint) {
  const formats = {};
  const keys = new Set(
    fields.filter((field) => field.key !== false && field.sub !== undefined).map((field) => field.key),
  );
  for (const key of keys) {
    const format = formatIn(versions.at(-1), endpoint, key);
    const oldest = formatIn(versions[0], endpoint, key);
    if (format === undefined || format === 'validator') throw new Error(`no property-string format for ${key}`);
    formats[key] = Object.fromEntries(
      Object.entries(format).map(([sub, fact]) => [
        sub,
        Object.fromEntries(
          Object.entries({ ...fact, writtenAs: olderName(sub, format, oldest) }).filter(
            ([name, value]) => ['default_key', 'alias', 'keyAlias', 'writtenAs'].includes(name) && value !== undefined,
          ),
        ),
      ]),
    );
  }
  return formats;
}

// --- the outputs -----------------------------------------------------------------------------------------------------

const banner = '// Written by `npm run gen`; changes here are lost.\n';

/** The source of a validator, under a name. */
async function bundledValidator(ajv, name, id) {
  const source = withSmallLiterals(standalone(ajv, { [name]: id }));
  // Ajv's standalone code requires its runtime as CommonJS even where it says ESM: bundling makes it whole.
  const result = await build({
    stdin: { contents: `${source}\n`, resolveDir: root, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    write: false,
    legalComments: 'none',
    minify: true,
  });
  return result.outputFiles[0].text;
}

/** The validator of saved plans, from schema/output/. */
async function writePlanValidator() {
  const ajv = createAjv(schemaFolder, { code: { source: true, esm: true }, inlineRefs: false });
  for (const name of ['diagnostics', 'plan'])
    ajv.addSchema(JSON.parse(readFileSync(join(schemaFolder, `output/${name}.schema.json`), 'utf8')));
  const source = await bundledValidator(ajv, 'savedPlan', 'output/plan.schema.json');
  write(join(generated, 'output', 'saved-plan.js'), `${banner}${source}`);
  write(
    join(generated, 'output', 'saved-plan.d.ts'),
    `${banner}import type { Validate } from '../validators/validate.d.ts';\nexport declare const savedPlan: Validate;\n`,
  );
}

async function writeValidators(schemas) {
  const ajv = createAjv(schemaFolder, { code: { source: true, esm: true }, inlineRefs: false });
  // A wrong annotation is found here: the validators are made without them.
  const whole = createAjv(schemaFolder, { inlineRefs: false });
  for (const schema of schemas.values()) whole.addSchema(schema);
  for (const { $id } of schemas.values()) whole.getSchema($id);
  ajv.addSchema([...schemas.values()].flatMap(validatorSchemas));
  for (const [name, schema] of schemas) {
    const source = await bundledValidator(ajv, name, schema.$id);
    write(join(generated, 'validators', `${name}.js`), `${banner}${source}`);
    write(
      join(generated, 'validators', `${name}.d.ts`),
      `${banner}import type { Validate } from './validate.d.ts';\nexport declare const ${name}: Validate;\n`,
    );
  }
  write(
    join(generated, 'validators', 'validate.d.ts'),
    `${banner}/** One complaint of a validator, as Ajv words it. */
export interface ValidationError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}
/** Checks a document; the complaints of the last call stand in \`errors\`. */
export interface Validate {
  (document: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}
`,
  );
}

async function writeTypes(schemas) {
  for (const [name, schema] of schemas) {
    const types = await compile(structuredClone(schema), schema.title, {
      cwd: `${schemaFolder}/`,
      bannerComment: banner,
      additionalProperties: false,
      format: false,
      unreachableDefinitions: false,
    });
    write(join(generated, 'types', `${name}.ts`), types);
  }
}

function writeFields(schemas) {
  const versions = storedFacts();
  for (const [name, schema] of schemas) {
    const fields = fieldsOf(schema);
    const formats =
      schema['x-pve']?.endpoint === undefined ? {} : formatsOf(fields, versions, schema['x-pve'].endpoint);
    write(
      join(generated, 'fields', `${name}.ts`),
      `${banner}import type { Field, FieldFormats } from '../../core/field.ts';

/** The fields of \`${name}\` with their mapping to Proxmox VE. */
export const ${name}Fields: readonly Field[] = ${JSON.stringify(fields, null, 2)};

/** The property strings among the config keys of \`${name}\`. */
export const ${name}Formats: FieldFormats = ${JSON.stringify(formats, null, 2)};
`,
    );
  }
}

async function writeCommitted(schemas) {
  write(join(schemaFolder, 'pvevm.schema.json'), `${JSON.stringify(editorSchema(schemas), null, 2)}\n`);
  write(join(root, 'docs/spec.md'), specPage(schemas));
  write(join(root, 'docs/client.md'), clientPage(storedFacts(), storedResults()));
  write(join(root, 'docs/errors.md'), await errorPage());
}

/** The types of the client: no code comes of them. */
function writeApiTypes() {
  for (const [name, text] of Object.entries(apiTypes(storedFacts(), storedResults()))) {
    write(join(generated, 'api', name), text);
  }
}

function writeRegistry() {
  const kinds = readdirSync(join(root, 'src/kinds'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'src/kinds', entry.name, 'kind.ts')))
    .map((entry) => entry.name)
    .sort();
  const lines = kinds.map((name) => `  ${name}: async () => (await import('../kinds/${name}/kind.ts')).kind,`);
  write(
    join(registry, 'registry.ts'),
    `${banner}import type { Kind } from '../kinds/kind.ts';

/** The kinds by name, each loaded when a document first asks for it. */
export const registry: Readonly<Record<string, () => Promise<Kind>>> = {
${lines.join('\n')}
};
`,
  );
}

/** The raw config keys that `options` takes: what is written about them in schema/, and the API facts of their values. */
function writeOptions(schemas) {
  for (const [name, schema] of schemas) {
    const file = join(schemaFolder, `${name}-options.json`);
    if (!existsSync(file)) continue;
    const table = optionTable(JSON.parse(readFileSync(file, 'utf8')), storedFacts(), schema['x-pve'].endpoint);
    write(
      join(generated, 'options', `${name}.ts`),
      `${banner}import type { OptionTable } from '../../core/option-key.ts';

/** The config keys of \`${name}\` that no field covers. */
export const ${name}Options: OptionTable = ${JSON.stringify(table, null, 2)};
`,
    );
  }
}

/** The schemas as modules, so that the built program holds them, and the names of the kinds. */
function writeSchemas(schemas) {
  const lines = [...schemas.keys()].map(
    (name) =>
      `  ${name}: async () => (await import('../../schema/${name}.schema.json', { with: { type: 'json' } })).default,`,
  );
  write(
    join(generated, 'schemas.ts'),
    `${banner}/** The JSON Schemas by kind, each loaded when it is asked for. */
export const schemas: Readonly<Record<string, () => Promise<object>>> = {
${lines.join('\n')}
  pvevm: async () => (await import('../../schema/pvevm.schema.json', { with: { type: 'json' } })).default,
};

/** The validators by kind, each loaded when it is asked for. */
export const validators: Readonly<Record<string, () => Promise<import('./validators/validate.d.ts').Validate>>> = {
${[...schemas.keys()].map((name) => `  ${name}: async () => (await import('./validators/${name}.js')).${name},`).join('\n')}
};

/** The field tables by kind, each loaded when it is asked for. */
export const fieldTables: Readonly<Record<string, () => Promise<readonly import('../core/field.ts').Field[]>>> = {
${[...schemas.keys()].map((name) => `  ${name}: async () => (await import('./fields/${name}.ts')).${name}Fields,`).join('\n')}
};
`,
  );
}

try {
  const schemas = loadSchemas(schemaFolder);
  await writeValidators(schemas);
  await writePlanValidator();
  await writeTypes(schemas);
  writeFields(schemas);
  writeOptions(schemas);
  writeApiTypes();
  await writeCommitted(schemas);
  writeSchemas(schemas);
  writeRegistry();
  removeStale(generated);
  removeStale(registry);
} catch (error) {
  console.error(`gen: ${error instanceof Error ? error.message : error}`);
  if (process.argv.includes('--debug')) console.error(error);
  console.error(`(schemas are read from ${relative(process.cwd(), schemaFolder) || '.'})`);
  process.exitCode = 1;
}
