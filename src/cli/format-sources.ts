import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { displayPath, PROJECT_FILE, readSources, readText, type SourceOptions } from '../spec/source.ts';

/** A text to format, and where it belongs; no path for standard input. */
export interface FormatTarget {
  readonly file: string;
  readonly text: string;
  readonly path?: string;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/** The project files of the folders that are named as inputs, and those that are named themselves. */
async function projectFiles(
  inputs: readonly string[],
  found: { readonly folders: readonly string[]; readonly projectFolders: readonly string[] },
  cwd: string,
): Promise<readonly string[]> {
  const folders = new Set(found.projectFolders);
  for (const input of inputs.length === 0 ? ['.'] : inputs) {
    const root = resolve(cwd, input);
    if (input === '-' || !(await isFolder(root))) continue;
    folders.add(root);
    for (const folder of found.folders) if (folder.startsWith(root + sep)) folders.add(folder);
  }
  const files: string[] = [];
  for (const folder of folders) {
    const path = join(folder, PROJECT_FILE);
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      files.push(path);
  }
  return files;
}

/** Reads what is to be formatted: documents, and the project files of folders; what cannot be read is a diagnostic. */
export async function readFormatTargets(
  inputs: readonly string[],
  options: SourceOptions,
): Promise<{ readonly targets: readonly FormatTarget[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { cwd } = options;
  const { files, projectFolders, diagnostics } = await readSources(inputs, options);
  const targets: FormatTarget[] = files.map(({ file, text }) =>
    file === '<stdin>' ? { file, text } : { file, text, path: resolve(cwd, file) },
  );
  const unreadable: Diagnostic[] = [];
  for (const path of await projectFiles(inputs, { folders: files.map(({ folder }) => folder), projectFolders }, cwd)) {
    const file = displayPath(path, cwd);
    const text = await readText(path, file);
    if (typeof text === 'string') targets.push({ file, text, path });
    else unreadable.push(text);
  }
  return { targets, diagnostics: [...diagnostics, ...unreadable] };
}
