import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { nearest } from '../../core/nearest.ts';
import { fieldTables, validators } from '../../generated/schemas.ts';
import { formatFieldFacts } from '../../report/explain-text.ts';
import { type FieldFacts, factsOfField } from '../../report/field-facts.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { loadSchemas } from '../load-schemas.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { explainError, isErrorName } from './explain-error.ts';

const MAX_WIDTH = 110;
const DEFAULT_WIDTH = 100;
const KINDS: readonly string[] = Object.keys(validators);
const HEAD = { formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok') } as const;

async function findFacts(name: string): Promise<FieldFacts> {
  const [kind = '', ...words] = name.split('.');
  const schemas = await loadSchemas();
  if (!KINDS.includes(kind)) {
    // `disks.size` says which kind it means where one kind alone has such a field.
    const owner = KINDS.find((known) => Object.hasOwn(schemas[known]?.properties ?? {}, kind));
    const near = owner === undefined ? nearest(kind, KINDS) : `${owner}.${name}`;
    const hint = near === undefined ? `Known are: ${KINDS.join(', ')}.` : `Did you mean ${near}?`;
    throw new PvevmError('USAGE', `there is no kind '${kind}'`, { hints: [hint] });
  }
  const facts = factsOfField(kind, words, schemas, (await fieldTables[kind]?.()) ?? []);
  if (!('unknown' in facts)) return facts;
  const all = facts.known.length === 0 ? 'It has no fields inside it.' : `Known are: ${facts.known.join(', ')}.`;
  throw new PvevmError('USAGE', `there is no field '${facts.unknown}'`, {
    hints: [facts.nearest === undefined ? all : `Did you mean ${facts.nearest}?`],
  });
}

/** Prints what a field of documents or an error means; without one, the kinds. Throws USAGE for what there is not. */
export async function runExplain(field: string | undefined, options: GlobalOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  if (field === undefined) {
    if (options.json === true) output.json({ ...HEAD, kinds: KINDS });
    else {
      output.result(KINDS.join('\n'));
      output.message(
        '\nThese are the kinds: pvevm explain vm shows the fields of a kind, pvevm explain vm.disks.size what one means.',
      );
    }
    return EXIT_CODES.ok;
  }
  const width = Math.min(io.stdout.columns || DEFAULT_WIDTH, MAX_WIDTH);
  if (isErrorName(field)) return explainError(field, options.json === true, output, width);
  const facts = await findFacts(field);
  if (options.json === true) output.json({ ...HEAD, field: facts });
  else output.result(formatFieldFacts(facts, output.resultTheme, width));
  return EXIT_CODES.ok;
}
