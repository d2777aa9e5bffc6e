import { resolve } from 'node:path';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { loadSandbox } from '../../sandbox/load-folder.ts';
import { displayPath } from '../../spec/source.ts';
import { SANDBOX_FOLDER } from '../connect.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { pveVersionOf } from './sandbox.ts';

/** The options of `sandbox load`. */
export interface LoadOptions extends GlobalOptions {
  readonly dir?: string;
  readonly pveVersion?: string;
}

/** Makes a sandbox of a copy of a real `/etc/pve`, and says what it could not use. Gives the exit code back. */
export function runSandboxLoad(source: string, options: LoadOptions, io: Io): number {
  const output = createOutput(io, options);
  const directory = resolve(io.cwd, options.dir ?? SANDBOX_FOLDER);
  const version = pveVersionOf(options.pveVersion) ?? '9.2';
  const seed = Math.floor(Math.random() * 2 ** 32);
  const report = loadSandbox({ from: resolve(io.cwd, source), directory, version, seed });
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok'), directory, version, ...report });
    return EXIT_CODES.ok;
  }
  for (const note of report.notes) output.problem(note);
  const shown = displayPath(directory, io.cwd);
  const name = report.clusterName === null ? 'a single node' : `cluster ${report.clusterName}`;
  const flag = options.dir === undefined ? '--sandbox' : `--sandbox=${shown}`;
  output.result(
    [
      `Sandbox in ${shown}: ${name}, Proxmox VE ${version}`,
      `  ${report.nodes.length} nodes, ${report.guests} guests, ${report.storages} storages, ${report.volumes} volumes`,
      '',
      `To plan against it, run: pvevm plan ${flag}`,
      '',
    ].join('\n'),
  );
  return EXIT_CODES.ok;
}
