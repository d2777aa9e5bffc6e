// What specs at scale are measured with: reads and checks documents as `pvevm validate` does, in a process of its own.
// Bundled by bench/spec-scale.mjs; prints one line of JSON.
import { readFileSync } from 'node:fs';
import { loadChecked } from '../src/cli/load-checked.ts';

/** How long the main thread has computed, in milliseconds, where the system tells it; otherwise the time of the clock. */
function computed() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

const [input, cwd] = process.argv.slice(2);
const start = performance.now();
const [before, usage] = [computed(), process.cpuUsage()];
const checked = await loadChecked([input], { cwd, env: {}, readStdin: async () => new Uint8Array() });
const main = computed() - before;
const { user, system } = process.cpuUsage(usage);
const wall = performance.now() - start;
if (!checked.valid) throw new Error(JSON.stringify(checked.diagnostics[0]));
const memory = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ main, wall, cpu: (user + system) / 1000, documents: checked.resources.length, memory }));
