import packageFacts from '../../../package.json' with { type: 'json' };
import { EXIT_CODES, exitNameOfAll } from '../../core/exit-code.ts';
import { redact } from '../../core/redact.ts';
import { systemClock } from '../../pve/clock.ts';
import { type DoctorReport, formatDoctor } from '../../report/doctor-text.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { bundleText, writeBundle } from '../doctor/bundle.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { GlobalOptions } from '../global-options.ts';
import { homeFolder } from '../home.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';

/** The options of `doctor`. */
export interface DoctorOptions extends GlobalOptions, ConnectionOptions {
  readonly bundle?: string;
  readonly yes?: boolean;
}

/** Texts of a server may repeat a secret that it was sent. */
function redacted(report: DoctorReport): DoctorReport {
  return JSON.parse(JSON.stringify(report), (_key, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  ) as DoctorReport;
}

/** Says what is wrong with the connection, or that nothing is. Gives the exit code of the first problem back. */
export async function runDoctor(options: DoctorOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const diagnosis = await diagnose(options, { io, clock: systemClock, now: () => Date.now() });
  const report = redacted(diagnosis.report);
  const exit = exitNameOfAll(report.checks.flatMap(({ code }) => code ?? []));
  if (options.bundle !== undefined) {
    const machine = {
      pvevm: packageFacts.version,
      ...{ node: process.version, platform: `${process.platform} ${process.arch}` },
    };
    const text = bundleText({ ...diagnosis, report }, machine, homeFolder(io.env));
    await writeBundle(options.bundle, text, io.cwd, options.yes === true);
  }
  if (options.json === true) {
    output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), ...report });
  } else {
    output.result(formatDoctor(report, output.resultTheme, options.verbose === true));
    if (options.bundle !== undefined) {
      output.message(
        `Written to ${options.bundle}, without names of hosts and users, addresses and secrets. Read it before you share it.`,
      );
    }
  }
  return EXIT_CODES[exit];
}
