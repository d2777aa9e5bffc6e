import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import type { Plan } from '../../core/plan.ts';
import type { Origin } from '../../core/resource.ts';
import { planJson } from '../../report/plan/plan-json.ts';
import { formatPlan } from '../../report/plan/plan-text.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { reportFindings } from '../make-plan.ts';
import { createOutput } from '../output.ts';
import { planReport } from '../plan-report.ts';
import type { FormatOptions } from '../report-format.ts';
import { readSavedPlan } from '../saved-plan/saved-plan.ts';

/** The options of `show`. */
export interface ShowOptions extends GlobalOptions, FormatOptions {
  readonly showRequests?: boolean;
  readonly explain?: boolean;
}

/** Where the parts of new devices come from, as a plan keeps it, in the form in which documents have it. */
function originsOf(plan: Plan): ReadonlyMap<Address, ReadonlyMap<string, Origin>> {
  return new Map(
    plan.resources.map(({ address }) => {
      const parts = Object.entries(plan.origins?.[address] ?? {});
      return [
        address,
        new Map(parts.map(([path, text]) => [`/${path.replaceAll('.', '/')}`, { text, builtIn: false }])),
      ] as const;
    }),
  );
}

/** Prints a saved plan. Throws `CONFIG` for a file that is none, or is damaged. Nothing is contacted. */
export async function runShow(path: string, options: ShowOptions, io: Io): Promise<number> {
  const plan = await readSavedPlan([path], io.cwd);
  if (plan === undefined) {
    const exists = await stat(resolve(io.cwd, path)).catch(() => undefined);
    if (exists === undefined) throw new PvevmError('CONFIG', `cannot show ${path}: it does not exist`);
    throw new PvevmError('CONFIG', `cannot show ${path}: it is no saved plan`, {
      hints: ['Make one: pvevm plan -o FILE.'],
    });
  }
  const output = createOutput(io, options);
  if (options.json === true) {
    output.json(planJson(plan, 'ok'));
    return EXIT_CODES.ok;
  }
  const { verbose, showRequests, explain, format } = options;
  const origins = explain === true ? originsOf(plan) : undefined;
  const shown = { label: path, verbose, showRequests, origins };
  const text = { ...shown, theme: output.resultTheme, width: io.stdout.columns };
  output.result(
    (await planReport(format, plan, { ...shown, files: new Map(), clean: io.clean })) ?? formatPlan(plan, text),
  );
  reportFindings(plan, new Map(), { options, io, output });
  return EXIT_CODES.ok;
}
