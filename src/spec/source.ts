// Not node:fs/promises: loading it takes longer than reading what there is to read.
import { createReadStream, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { decodeText, fileProblem, MAX_BYTES, wholeFileProblem } from './decode-text.ts';

/** The name of project files, which are no documents of their own. */
export const PROJECT_FILE = 'pvevm.yaml';

/** One text to read documents from. `file` is relative to the working folder, with `/`. */
export interface SourceFile {
  readonly file: string;
  /** The folder from which the project file is looked for. */
  readonly folder: string;
  readonly text: string;
}

/** Where sources are read from. */
export interface SourceOptions {
  readonly cwd: string;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Whether the documents may belong to several projects: only where nothing is planned for them together. */
  readonly severalProjects?: boolean;
  /** The environment that placeholders ask. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Variables of the command line, by name; a number, true or false is read as such. */
  readonly variables?: ReadonlyMap<string, string>;
  /** Files of variables, relative to `cwd`; later ones win. */
  readonly variableFiles?: readonly string[];
  /** Is told every secret of the documents as soon as it is known, so that nothing shows it. */
  readonly tellSecret?: (secret: string) => void;
}

/** The texts that were read, project files named as input, and what could not be read. */
export interface Sources {
  readonly files: readonly SourceFile[];
  /** Folders whose project file was named as an input. */
  readonly projectFolders: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const NOT_THERE = 'It does not exist.';
const STDIN_NAME = '<stdin>';
const byName = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** A path as messages show it: relative to the working folder, with `/`; `.` is that folder itself. */
export function displayPath(path: string, cwd: string): string {
  return (relative(cwd, path) || '.').split(sep).join('/');
}

/** What `read` gives; what it throws, as a value. */
function attempt<T>(read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    // The functions of node:fs throw nothing else.
    return error as Error;
  }
}

function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((left, right) => byName(left.name, right.name))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    // A link to a folder is not followed: it may lead back up.
    if (entry.isDirectory()) found.push(...filesBelow(path));
    else if (/\.ya?ml$/.test(entry.name) && entry.name !== PROJECT_FILE) found.push(path);
  }
  return found;
}

async function expandGlob(pattern: string, cwd: string): Promise<readonly string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob(pattern.split(sep).join('/'), {
    cwd,
    absolute: true,
    expandDirectories: false,
    // As in a folder: a link to a folder may lead back up.
    followSymbolicLinks: false,
  });
  return found.sort(byName);
}

/** The bytes of a file, of which there may be so many; throws what reading it throws. */
export async function readBytes(path: string, limit: number): Promise<Uint8Array | 'too large'> {
  const facts = statSync(path);
  if (facts.size > limit) return 'too large';
  if (facts.isFile()) return readFileSync(path);
  // A pipe or a device does not say how much it will give.
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(path, { end: limit })) chunks.push(chunk as Uint8Array);
  const bytes = Buffer.concat(chunks);
  return bytes.length > limit ? 'too large' : bytes;
}

/** The text of a file; `file` is its name in diagnostics. What is no text gives a diagnostic instead. */
export async function readText(path: string, file: string): Promise<string | Diagnostic> {
  try {
    const bytes = await readBytes(path, MAX_BYTES);
    return bytes === 'too large' ? tooLarge(file) : decodeText(file, bytes);
  } catch (error) {
    const facts = attempt(() => lstatSync(path));
    const isLink = !(facts instanceof Error) && facts.isSymbolicLink();
    const cause = causeOf(error);
    const link = isLink && cause === NOT_THERE ? 'It is a link to what does not exist.' : cause;
    return wholeFileProblem(file, 'cannot read file', `${file} cannot be read. ${link}`);
  }
}

function tooLarge(file: string): Diagnostic {
  return wholeFileProblem(file, 'file too large', `${file} is larger than 10 MB.`);
}

/** Why a file cannot be read, as a sentence. */
export function causeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown }).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return NOT_THERE;
  if (code === 'EISDIR') return 'It is a folder.';
  if (code === 'EACCES' || code === 'EPERM') return 'You may not read it.';
  return `${error instanceof Error ? error.message : String(error)}.`;
}

/**
 * Reads what a command's arguments name: files, folders (all `*.yaml` and `*.yml` below, without hidden ones and project
 * files), globs, and `-` for standard input; without arguments the working folder. A file is read once, however often
 * it is named. What cannot be read, is not text, or is larger than 10 MB becomes a diagnostic.
 */
export async function readSources(inputs: readonly string[], options: SourceOptions): Promise<Sources> {
  const { cwd } = options;
  const files: SourceFile[] = [];
  const projectFolders: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();

  const add = (file: string, folder: string, text: string | Diagnostic): void => {
    if (typeof text === 'string') files.push({ file, folder, text });
    else diagnostics.push(text);
  };
  const addFile = async (path: string): Promise<void> => {
    // By its real path: links may lead to one file in several ways.
    const found = attempt(() => realpathSync.native(path));
    const real = found instanceof Error ? path : found;
    if (seen.has(real)) return;
    seen.add(real);
    if (basename(path) === PROJECT_FILE) {
      projectFolders.push(dirname(path));
      return;
    }
    const file = displayPath(path, cwd);
    add(file, dirname(path), await readText(path, file));
  };
  const addInput = async (input: string): Promise<void> => {
    if (input === '') {
      const detail =
        'A path on the command line is empty, as from a variable of the shell that is not set. Write . for the current folder.';
      diagnostics.push(fileProblem('empty path', detail));
      return;
    }
    if (input === '-') {
      if (seen.has('-')) return;
      seen.add('-');
      const bytes = await options.readStdin();
      add(STDIN_NAME, cwd, bytes.length > MAX_BYTES ? tooLarge(STDIN_NAME) : decodeText(STDIN_NAME, bytes));
      return;
    }
    const path = resolve(cwd, input);
    if (/[*?[{]/.test(input) && !existsSync(path)) {
      const found = await expandGlob(input, cwd);
      if (found.length === 0) diagnostics.push(fileProblem('no file matches', `No file matches ${input}.`));
      for (const match of found) await addFile(match);
      return;
    }
    const facts = attempt(() => statSync(path));
    if (facts instanceof Error) {
      const detail = `${input} cannot be read. ${causeOf(facts)}`;
      diagnostics.push(wholeFileProblem(displayPath(path, cwd), 'cannot read file', detail));
      return;
    }
    if (!facts.isDirectory()) {
      await addFile(path);
      return;
    }
    try {
      const found = filesBelow(path);
      if (found.length === 0) {
        diagnostics.push(
          fileProblem(
            'no documents',
            `${folderName(path, cwd)} has no *.yaml or *.yml file with documents. Name a file or a folder that has some.`,
          ),
        );
      }
      for (const match of found) await addFile(match);
    } catch (error) {
      diagnostics.push(fileProblem('cannot read folder', `${folderName(path, cwd)} cannot be read. ${causeOf(error)}`));
    }
  };

  for (const input of inputs.length === 0 ? ['.'] : inputs) await addInput(input);
  return { files, projectFolders, diagnostics };
}

function folderName(path: string, cwd: string): string {
  return path === cwd ? 'The current folder' : `The folder ${displayPath(path, cwd)}`;
}
