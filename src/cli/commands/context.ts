import { PvevmError } from '../../core/error.ts';
import { EXIT_CODES } from '../../core/exit-code.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { confirm } from '../ask.ts';
import { contextTable, effectText, serverCheckOf, signInOf } from '../context-text.ts';
import { contextNamed, readContexts, removeContext, useContext } from '../contexts.ts';
import type { GlobalOptions } from '../global-options.ts';
import { displayHome } from '../home.ts';
import type { Io } from '../io.ts';
import { createOutput, OUTPUT_FORMAT_VERSION } from '../output.ts';
import { projectHere } from '../project-here.ts';
import { settingsCandidates } from '../settings/connection-settings.ts';
import { namedContext } from '../settings/families.ts';

const HEAD = { formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit('ok') } as const;

/** The options of `context remove`. */
export interface RemoveContextOptions extends GlobalOptions {
  readonly yes?: boolean;
}

/** Lists the contexts, and says which settings are in effect in this folder and why. Gives the exit code back. */
export async function runContextList(options: GlobalOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const file = await readContexts(io.env);
  const project = await projectHere(io.cwd);
  const named = namedContext({}, io.env, project);
  const candidates = await settingsCandidates({}, io, project);
  const used = candidates.find(({ state }) => state === 'used');
  const effective = used?.source.family === 'context' ? (named?.name ?? file.current) : undefined;
  if (options.json === true) {
    output.json({
      ...HEAD,
      file: file.path,
      current: file.current ?? null,
      inEffect: used === undefined ? null : { ...used.source, context: effective ?? null },
      contexts: [...file.contexts].map(([name, context]) => ({
        name,
        current: name === file.current,
        inEffect: name === effective,
        endpoints: context.endpoints,
        signIn: signInOf(context),
        verification: serverCheckOf(context),
      })),
    });
    return EXIT_CODES.ok;
  }
  if (file.contexts.size > 0) output.result(contextTable(file, effective));
  output.message(`${file.contexts.size > 0 ? '\n' : ''}${sanitizeLine(effectText(candidates, file, named))}`);
  return EXIT_CODES.ok;
}

/** Makes a context the current one, and says so where something else comes before it. Gives the exit code back. */
export async function runContextUse(name: string, options: GlobalOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  await useContext(io.env, name);
  const file = await readContexts(io.env);
  if (options.json === true) {
    output.json({ ...HEAD, file: file.path, current: name });
    return EXIT_CODES.ok;
  }
  output.message(sanitizeLine(`The current context is ${name} (${contextNamed(file, name).endpoints.join(', ')}).`));
  const project = await projectHere(io.cwd);
  const used = (await settingsCandidates({}, io, project)).find(({ state }) => state === 'used');
  const named = namedContext({}, io.env, project);
  if (used !== undefined && used.source.family !== 'context') {
    output.problem(`It is not in effect: ${used.source.label} come before it (${used.source.names.join(', ')}).`);
  } else if (named !== undefined && named.name !== name) {
    output.problem(sanitizeLine(`It is not in effect: ${named.by} names ${named.name}.`));
  }
  return EXIT_CODES.ok;
}

/** Removes a context, after a question. Gives the exit code back. */
export async function runContextRemove(name: string, options: RemoveContextOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const before = await readContexts(io.env);
  const { endpoints } = contextNamed(before, name);
  const question = `Remove context ${name} (${endpoints.join(', ')}) from ${displayHome(before.path, io.env)}?`;
  if (options.yes !== true && io.stdin.isTTY !== true) {
    throw new PvevmError('CONSENT', 'cannot ask whether to remove the context: standard input is no terminal', {
      hints: ['Run the command again with --yes.'],
    });
  }
  if (options.yes !== true && !(await confirm(sanitizeLine(question), io))) {
    output.problem('Nothing was changed.');
    return EXIT_CODES.consent;
  }
  await removeContext(io.env, name);
  const { path, current } = await readContexts(io.env);
  if (options.json === true) {
    output.json({ ...HEAD, file: path, removed: name, current: current ?? null });
    return EXIT_CODES.ok;
  }
  const now =
    current === undefined
      ? 'No context is current now; pvevm context use NAME chooses one.'
      : `The current context is ${current}.`;
  output.message(`Context ${name} is removed. ${now}`);
  return EXIT_CODES.ok;
}
