// The ledger of the sandbox, docs/sandbox.md: what of the API it has, and how far that is known to be right. It follows
// from the API facts, from what the sandbox routes, and from the committed results of replaying the recordings.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/sandbox.md');

const ENTRY = `
export { createRouter } from './src/sandbox/router.ts';
export { FACT_VERSIONS, loadFacts } from './src/pve/facts/load-facts.ts';
export { DISAGREEMENTS } from './tests/sandbox/recordings/disagreements.ts';
`;

const INTRODUCTION = `<!-- Written by \`npm run gen:ledger\`; changes here are lost. -->

# What the sandbox is believed for

The embedded Proxmox VE simulator answers as the real API does only as far as somebody looked. Each endpoint is one of:

* **recorded**: every answer of the real API code that was recorded for it agrees with the sandbox's: status, reason, errors,
  headers and body, with ids, times, addresses and digests set aside;
* **modelled**: built from the rules of Proxmox VE, and not recorded, or not in all of its answers (\`10 of 12\`: ten of twelve
  recorded answers agree);
* **not built**: answered with 501, and a message that says so. It is never answered wrongly on purpose.

How to run it is in [the guide](guide.md#the-sandbox); how it behaves, sentence by sentence, in [its own page](../src/sandbox/README.md).
`;

async function sources() {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
    banner: {
      js: "import { createRequire as fromNode } from 'node:module'; const require = fromNode('/');",
    },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

function isBuilt(router, { method, path }) {
  try {
    router(method, path.replaceAll(/\{\w+\}/g, 'x'));
    return true;
  } catch {
    return false;
  }
}

const isRecorded = (agreement) => agreement !== undefined && agreement[0] === agreement[1];

function stateOf(built, agreement) {
  if (!built) return 'not built';
  if (isRecorded(agreement)) return `recorded (${agreement[1]})`;
  return agreement === undefined ? 'modelled' : `modelled (${agreement[0]} of ${agreement[1]})`;
}

function summaryOf(version, endpoints, router, results) {
  const built = endpoints.filter((fact) => isBuilt(router, fact));
  const recorded = built.filter(({ method, path }) => isRecorded(results?.[`${method} ${path}`]));
  const cells = [version, recorded.length, built.length - recorded.length, endpoints.length - built.length];
  return `| ${cells.join(' | ')} |`;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The text of docs/sandbox.md. */
export async function ledgerPage() {
  const { createRouter, FACT_VERSIONS, loadFacts, DISAGREEMENTS } = await sources();
  const results = JSON.parse(readFileSync(join(root, 'tests/sandbox/recordings/results.json'), 'utf8'));
  const versions = [];
  for (const version of FACT_VERSIONS) {
    const facts = await loadFacts(version);
    versions.push({ version, endpoints: facts.endpoints, router: createRouter(facts) });
  }
  const newest = versions[0];
  const built = newest.endpoints.filter((fact) => isBuilt(newest.router, fact));
  const missing = newest.endpoints.filter((fact) => !built.includes(fact));
  const rows = built.map(({ method, path }) => {
    const name = `${method} ${path}`;
    const states = Object.entries(results).map(([version, agreements]) => {
      const { endpoints } = versions.find((one) => one.version === version);
      const isThere = endpoints.some((fact) => fact.method === method && fact.path === path);
      return isThere ? stateOf(true, agreements[name]) : '–';
    });
    return `| \`${name}\` | ${states.join(' | ')} |`;
  });
  return [
    INTRODUCTION,
    '| Proxmox VE | recorded | modelled | not built |',
    '|---|---|---|---|',
    ...versions.map(({ version, endpoints, router }) => summaryOf(version, endpoints, router, results[version])),
    '',
    `Recordings are of ${Object.keys(results).join(' and ')}.`,
    '',
    '## Endpoints that are built',
    '',
    `| Endpoint | ${Object.keys(results).join(' | ')} |`,
    `|---|${'---|'.repeat(Object.keys(results).length)}`,
    ...rows,
    '',
    '## Where it disagrees, and why',
    '',
    'Recorded answers that the sandbox gives otherwise. Those that are marked came of the host of the recordings, or of the',
    'moment: the real API would not repeat them either, and they are not counted.',
    '',
    '| Recording | Reason | |',
    '|---|---|---|',
    ...DISAGREEMENTS.map(
      ({ at, reason, isRecorders }) => `| ${at} | ${cell(reason)} | ${isRecorders ? 'recording' : ''} |`,
    ),
    '',
    `## Endpoints of ${newest.version} that are not built`,
    '',
    ...missing.map(({ method, path }) => `* \`${method} ${path}\``),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, await ledgerPage());
