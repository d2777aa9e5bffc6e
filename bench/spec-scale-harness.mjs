// What specs at scale are measured with: reads and checks documents as `pvevm validate` does, in a process of its own, or
// parses them with the YAML library and nothing else.
// Bundled by bench/spec-scale.mjs; prints one line of JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadChecked } from '../src/cli/load-checked.ts';

/** How long the main thread has computed, in milliseconds, where the system tells it; otherwise the time of the clock. */
function computed() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

const [input, cwd, what] = process.argv.slice(2);
const start = performance.now();
const [before, usage] = [computed(), process.cpuUsage()];
if (what === 'library') {
  const documents = parseAllDocuments(readFileSync(join(cwd, input), 'utf8'));
  for (const document of documents) document.toJS();
  console.log(
    JSON.stringify({ main: computed() - before, wall: performance.now() - start, documents: documents.length }),
  );
  process.exit();
}
const checked = await loadChecked([input], { cwd, env: {}, readStdin: async () => new Uint8Array() });
const main = computed() - before;
const { user, system } = process.cpuUsage(usage);
const wall = performance.now() - start;
if (!checked.valid) throw new Error(JSON.stringify(checked.diagnostics[0]));
const memory = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ main, wall, cpu: (user + system) / 1000, documents: checked.resources.length, memory }));
