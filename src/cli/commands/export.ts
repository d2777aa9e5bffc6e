import { resolve as resolvePath } from 'node:path';
import { PvevmError } from '../../core/error.ts';
import { errorName } from '../../core/error-name.ts';
import { EXIT_CODES, exitNameOfAll } from '../../core/exit-code.ts';
import type { JsonObject } from '../../core/json.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { exportObjects } from '../../engine/export.ts';
import type { Exported, ExportedObject, ExportRequest } from '../../kinds/exported.ts';
import { systemClock } from '../../pve/clock.ts';
import { exportedDocument, exportFile, exportNotes } from '../../report/export-yaml.ts';
import { jsonExit } from '../../report/plan/plan-json.ts';
import { escapePlaceholders } from '../../spec/escape-placeholders.ts';
import { findProjectFile, loadProject } from '../../spec/project.ts';
import type { SchemasByKind } from '../../spec/schema-node.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { inFolder, isFolder, writeExported } from '../files/write-exported.ts';
import type { GlobalOptions } from '../global-options.ts';
import type { Io } from '../io.ts';
import { type CheckedDocuments, loadChecked } from '../load-checked.ts';
import { loadSchemas } from '../load-schemas.ts';
import { withConnection } from '../make-plan.ts';
import { createOutput, OUTPUT_FORMAT_VERSION, type Output } from '../output.ts';

/** The options of `export`. */
export interface ExportCommandOptions extends GlobalOptions, ConnectionOptions {
  readonly node?: string;
  readonly tag?: string;
  readonly power?: boolean;
  readonly out?: string;
  readonly force?: boolean;
}

// An id or a name that stands alone is a guest's.
const GUESTS = 'vm';

/** What to export, by kind. Throws USAGE for what says nothing, and for `--node` and `--tag` without `*`. */
function requestsOf(
  what: readonly string[],
  { node, tag, power = false }: ExportCommandOptions,
): ReadonlyMap<string, ExportRequest> {
  const names = new Map<string, readonly string[]>();
  for (const one of what) {
    const at = one.indexOf('/');
    const [kind, name] = at < 0 ? [GUESTS, one] : [one.slice(0, at), one.slice(at + 1)];
    if (kind === '' || name === '')
      throw new PvevmError('USAGE', `cannot export '${one}'`, { hints: ['Write it as in vm/web-01, vm/101 or vm/*.'] });
    names.set(kind, [...(names.get(kind) ?? []), name]);
  }
  if ((node ?? tag) !== undefined && ![...names.values()].flat().includes('*'))
    throw new PvevmError('USAGE', '--node and --tag choose among all guests', {
      hints: ['Write "vm/*" beside them, or leave them out.'],
    });
  const chosen = { ...(node === undefined ? {} : { node }), ...(tag === undefined ? {} : { tag }), power };
  return new Map([...names].map(([kind, list]) => [kind, { names: list, ...chosen }]));
}

/** Reads a document as `plan` would in a folder: with the project file there, and nothing of the environment. */
function readIn(folder: string): (document: JsonObject) => Promise<CheckedDocuments> {
  return (document) => {
    const text = JSON.stringify(escapePlaceholders(document));
    return loadChecked(['-'], { cwd: folder, readStdin: async () => new TextEncoder().encode(text) });
  };
}

function told({ objects, failed }: Exported): readonly string[] {
  const notes = objects.flatMap((object) => {
    const lines = exportNotes(object);
    return lines.length === 0 ? [] : [`${object.address} (${object.source})`, ...lines.map((line) => `  ${line}`)];
  });
  const left = failed.map(
    ({ source, why, code }) => `error: ${source} was not exported [${errorName(code)}]\n  ${why}`,
  );
  return [...notes, ...left.flatMap((text) => text.split('\n').map(sanitizeLine))];
}

function jsonOf(object: ExportedObject, schemas: SchemasByKind): unknown {
  const { address, source, inexpressible, pending, generated } = object;
  return { address, source, document: exportedDocument(object, schemas), inexpressible, pending, generated };
}

async function writeDocuments(
  objects: readonly ExportedObject[],
  options: ExportCommandOptions,
  io: Io,
  output: Output,
): Promise<void> {
  const { out, force = false } = options;
  const schemas = await loadSchemas();
  if (out === undefined) {
    if (objects.length > 0) output.result(exportFile(objects, schemas));
    return;
  }
  const files = (await isFolder(out, io.cwd))
    ? objects.map((object) => ({
        path: inFolder(out, String(object.document['name'])),
        text: exportFile([object], schemas),
      }))
    : [{ path: out, text: exportFile(objects, schemas) }];
  if (objects.length === 0) return;
  await writeExported(files, io.cwd, force);
  output.message(`Wrote ${files.map(({ path }) => sanitizeLine(path)).join(', ')}.`);
}

/**
 * Writes live objects as documents that plan empty beside the project file of the folder they go to, and gives the exit
 * code back: that of what was asked for by name and could not be written, where there is any.
 */
export async function runExport(what: readonly string[], options: ExportCommandOptions, io: Io): Promise<number> {
  const output = createOutput(io, options);
  const requests = requestsOf(what, options);
  const folder = options.out === undefined ? io.cwd : await folderOf(options.out, io.cwd);
  const projectFile = await findProjectFile(folder);
  const project = projectFile === undefined ? undefined : (await loadProject(projectFile, folder)).project;
  const clock = systemClock;
  return withConnection(
    { options, io, output, clock, ...(project === undefined ? {} : { project }) },
    async ({ client }) => {
      const exported = await exportObjects({
        requests,
        pve: client,
        user: client.user,
        project: project ?? { stack: null, mark: 'full' },
        resolve: readIn(folder),
        clock,
      });
      const { objects, failed } = exported;
      const exit = exitNameOfAll(failed.map(({ code }) => code));
      if (options.json === true) {
        const schemas = await loadSchemas();
        const documents = objects.map((object) => jsonOf(object, schemas));
        output.json({ formatVersion: OUTPUT_FORMAT_VERSION, exit: jsonExit(exit), documents, failed });
        return EXIT_CODES[exit];
      }
      await writeDocuments(objects, options, io, output);
      const lines = told(exported);
      if (lines.length > 0) output.problem(lines.join('\n'));
      return EXIT_CODES[exit];
    },
  );
}

/** The folder in which documents are to stand, whose project file they belong to; a new folder is that above it. */
async function folderOf(out: string, cwd: string): Promise<string> {
  for (let at = out.replace(/\/+$/, '') || '/'; ; ) {
    if (await isFolder(at, cwd)) return resolvePath(cwd, at);
    const end = at.lastIndexOf('/');
    if (end < 0) return cwd;
    at = at.slice(0, end) || '/';
  }
}
