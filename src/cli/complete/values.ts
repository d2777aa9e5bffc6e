import { errorName } from '../../core/error-name.ts';
import { ERROR_CODES } from '../../report/errors/explanations.ts';
import type { Io } from '../io.ts';
import type { OptionFacts } from '../program-text/describe-program.ts';
import type { Located } from './place.ts';

/** Something that may stand where the cursor is, and a few words on it. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What may stand at a place: values, or what the shell itself knows best. */
export interface Values {
  readonly from: 'values' | 'files' | 'folders';
  readonly candidates: readonly Candidate[];
}

export const NO_VALUES: Values = { from: 'values', candidates: [] };
const FILES: Values = { from: 'files', candidates: [] };
const FOLDERS: Values = { from: 'folders', candidates: [] };

/** Words as candidates without descriptions. */
function plain(words: readonly string[]): Values {
  return { from: 'values', candidates: words.map((value) => ({ value, description: '' })) };
}

/** The resources and tags that the documents of the command line describe; the current folder's where it names none. */
async function selectors(paths: readonly string[], io: Io): Promise<Values> {
  const { loadResources } = await import('../../spec/load.ts');
  // Standard input belongs to the shell.
  const inputs = paths.filter((path) => path !== '-');
  const { resources } = await loadResources(inputs, {
    cwd: io.cwd,
    env: io.env,
    severalProjects: true,
    readStdin: async () => new Uint8Array(),
  });
  const tags = resources.flatMap(({ spec: { tags: written } }) => (Array.isArray(written) ? written.map(String) : []));
  const candidates = [
    ...resources.map(({ address, range }) => ({ value: address, description: `${range.file}:${range.line}` })),
    ...[...new Set(tags)].map((tag) => ({ value: `tag=${tag}`, description: 'all that have this tag' })),
  ];
  return { from: 'values', candidates };
}

async function contextNames(io: Io): Promise<Values> {
  const { readContexts } = await import('../contexts.ts');
  const { contexts } = await readContexts(io.env);
  return {
    from: 'values',
    candidates: [...contexts].map(([value, { endpoints }]) => ({ value, description: endpoints[0] ?? '' })),
  };
}

/** What `export` may name: what is in the cluster, where it answers in time, and what documents describe. */
async function exportable({ given }: Located, io: Io): Promise<Values> {
  const { liveGuests } = await import('./live-guests.ts');
  const live = await liveGuests(given, io).catch(() => []);
  const { candidates } = await selectors([], io).catch(() => NO_VALUES);
  const described = candidates.filter(({ value }) => !value.startsWith('tag='));
  return { from: 'values', candidates: [...described, ...live] };
}

/** Kinds, their fields one level below what is written, and the names of errors. */
async function explainable(word: string): Promise<Values> {
  if (/^pvevm/i.test(word)) return plain(ERROR_CODES.map(errorName));
  const { fieldNames } = await import('./field-names.ts');
  const fields = await fieldNames(word);
  return { from: 'values', candidates: [...fields, { value: 'PVEVM-', description: 'an error' }] };
}

async function kinds(): Promise<Values> {
  const { validators } = await import('../../generated/schemas.ts');
  return plain(Object.keys(validators));
}

/** The last of several values behind commas. */
function commaValues(words: readonly string[], word: string): Values {
  const before = word.slice(0, word.lastIndexOf(',') + 1);
  const used = before.split(',');
  return plain(words.filter((one) => !used.includes(one)).map((one) => before + one));
}

/** What an option takes, by the word that its definition has for the value. `word` is what is written of it. */
export async function valuesOfOption(option: OptionFacts, word: string, at: Located, io: Io): Promise<Values> {
  if (option.choices.length > 0) return plain(option.choices);
  switch (option.value) {
    case 'file':
    case 'path':
      return FILES;
    case 'dir':
    case 'DIR':
      return FOLDERS;
    case 'address':
      return selectors(at.command.path === 'audit show' ? [] : at.arguments, io);
    case 'effects':
      return commaValues((await import('../plan-options.ts')).ALLOWABLE, word);
    case 'WHEN':
      return plain(['always', 'never', 'auto']);
    case 'name':
      if (option.long === '--world') return plain((await import('../../sandbox/worlds/worlds.ts')).WORLD_NAMES);
      return option.long === '--context' ? contextNames(io) : NO_VALUES;
    default:
      return NO_VALUES;
  }
}

/** What an argument takes, by its name in the definition. */
export async function valuesOfArgument(word: string, at: Located, io: Io): Promise<Values> {
  const argument = at.place.type === 'word' ? at.place.argument : undefined;
  if (argument === undefined) return NO_VALUES;
  if (argument.choices.length > 0) return plain(argument.choices);
  switch (argument.name) {
    case 'PATH':
    case 'FILE':
    case 'PLAN':
      return FILES;
    case 'DIR':
      return FOLDERS;
    case 'FIELD':
      return explainable(word);
    case 'KIND':
      return kinds();
    case 'WHAT':
      return exportable(at, io);
    case 'NAME':
      return at.command.path.startsWith('context ') ? contextNames(io) : NO_VALUES;
    default:
      return NO_VALUES;
  }
}
