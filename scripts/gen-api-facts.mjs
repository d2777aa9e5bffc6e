// Writes the API facts of Proxmox VE: `npm run gen:api-facts -- [--version 9.3] [--out DIR] FILE…`
//
// FILE is a list of endpoints (`pve-9.2.json`), an object of named formats (`formats-9.2.json`), or the data of the API
// viewer as a host serves it (`https://HOST:8006/pve-docs/api-viewer/apidoc.js`). What there is of other versions stays.
//
// A version without formats of its own takes those of the next newer version given, else of the next older one, else of
// the nearest version that is stored; `formatsOf` in what is written says so.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { factsOf, resultsOf } from './api-facts/facts-of.mjs';
import { byVersion, renderFacts } from './api-facts/merge-versions.mjs';
import { readSource } from './api-facts/read-source.mjs';
import { factsFolder, storedFacts, storedResults } from './api-facts/stored.mjs';

/** The candidate of this version, else the next newer one, else the next older one. */
function nearest(version, candidates) {
  const sorted = candidates.toSorted((one, other) => byVersion(one.version, other.version));
  return sorted.find((one) => byVersion(one.version, version) >= 0) ?? sorted.at(-1);
}

function versionsModule(versions) {
  const newestFirst = versions.toReversed().map((version) => `'${version}'`);
  return `// Written by \`npm run gen:api-facts\`; changes here are lost.
/** A version of Proxmox VE whose API facts are here. */
export type FactVersion = ${newestFirst.join(' | ')};

/** The versions of Proxmox VE whose API facts are here, newest first. */
export const FACT_VERSIONS: readonly FactVersion[] = [${newestFirst.join(', ')}];
`;
}

function renderResults(version, results) {
  const lines = Object.entries(results).map(([key, schema]) => `${JSON.stringify(key)}:${JSON.stringify(schema)}`);
  return `{"version":${JSON.stringify(version)},"results":{\n${lines.join(',\n')}\n}}\n`;
}

function generate(files, folder, givenVersion) {
  const sources = files.map((file) => readSource(file, givenVersion));
  const given = sources.filter((source) => source.formats !== undefined);
  const endpointsOf = sources.filter((source) => source.endpoints !== undefined);
  if (endpointsOf.length === 0) throw new Error('give a list of endpoints or the data of an API viewer');
  const stored = storedFacts(folder);
  const facts = new Map(stored.map((one) => [one.version, one]));
  for (const { version, endpoints } of endpointsOf) {
    const formats = nearest(version, given.length > 0 ? given : stored);
    const formatsOf = given.length > 0 ? formats.version : (formats?.formatsOf ?? formats?.version ?? version);
    const made = factsOf(version, endpoints, formats?.formats ?? {});
    facts.set(version, formatsOf === version ? made : { ...made, formatsOf });
  }
  const versions = [...facts.keys()].sort(byVersion);
  const newest = endpointsOf.find(({ version }) => version === versions.at(-1));
  const known = storedResults(folder);
  if (newest === undefined && known?.version !== versions.at(-1)) throw new Error('the newest version has no results');
  return {
    'api-facts.json': renderFacts([...facts.values()]),
    'results.json':
      newest === undefined
        ? renderResults(known.version, known.results)
        : renderResults(newest.version, resultsOf(newest.endpoints)),
    'fact-versions.ts': versionsModule(versions),
  };
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { version: { type: 'string' }, out: { type: 'string', default: factsFolder } },
  });
  const written = generate(positionals, values.out, values.version);
  mkdirSync(values.out, { recursive: true });
  for (const [name, text] of Object.entries(written)) {
    const path = join(values.out, name);
    const same = existsSync(path) && readFileSync(path, 'utf8') === text;
    if (!same) writeFileSync(path, text);
    console.log(`${relative(process.cwd(), path)}: ${same ? 'unchanged' : `${text.length} characters`}`);
  }
} catch (error) {
  console.error(`gen-api-facts: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
