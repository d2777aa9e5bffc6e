import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { nearest } from '../../core/nearest.ts';
import { schemas, validators } from '../../generated/schemas.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { bundleSchema } from '../../spec/bundle-schema.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';

/** The options of `schema`. */
export interface SchemaOptions extends GlobalOptions {
  readonly list?: boolean;
}

/** Prints the JSON Schema of a kind, or of any document; or lists the kinds. Throws USAGE for an unknown kind. */
export async function runSchema(kind: string | undefined, options: SchemaOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const kinds = Object.keys(validators);
  if (options.list === true) {
    if (options.json === true) output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok'), kinds });
    else output.result(kinds.join('\n'));
    return EXIT_CODES.ok;
  }
  const name = kind ?? 'pvevm';
  if (!Object.hasOwn(schemas, name)) {
    const near = nearest(name, kinds);
    const hint = near === undefined ? `Known are: ${kinds.join(', ')}.` : `Did you mean ${near}?`;
    throw new PvevmError('USAGE', `there is no kind '${name}'`, { hints: [hint] });
  }
  output.json(await bundleSchema(name));
  return EXIT_CODES.ok;
}
