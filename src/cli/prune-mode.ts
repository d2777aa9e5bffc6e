import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PvevmError } from '../core/error.ts';
import type { Prune } from '../engine/prune.ts';
import { displayPath } from '../spec/source.ts';
import type { CheckedDocuments } from './load-checked.ts';
import type { SelectOptions } from './select.ts';

/** The option that removes what no document describes. */
export interface PruneOptions extends SelectOptions {
  readonly prune?: boolean;
}

/** The real path of a folder; undefined for anything else. */
async function folderAt(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? await realpath(path) : undefined;
  } catch {
    return undefined;
  }
}

/** A link to a folder below a folder, hidden ones left out; documents behind it are not read. */
async function linkedFolderBelow(folder: string): Promise<string | undefined> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isSymbolicLink() && (await folderAt(path)) !== undefined) return path;
    const linked = entry.isDirectory() ? await linkedFolderBelow(path) : undefined;
    if (linked !== undefined) return linked;
  }
  return undefined;
}

/** Why a run does not know all that its project describes; undefined where it does. */
async function whyNotWhole(
  paths: readonly string[],
  { project: { file, stack, mark } }: CheckedDocuments,
  { only }: PruneOptions,
  cwd: string,
): Promise<readonly [problem: string, hint: string] | undefined> {
  if (only !== undefined) return ['--only names a part of the project', 'Leave --only out, or --prune.'];
  if (file === undefined)
    return ['the documents belong to no project', 'Write a pvevm.yaml with kind: project and a stack.'];
  if (stack === null) return [`${file} names no stack`, 'Write stack: NAME into it: a stack is what --prune looks at.'];
  if (mark === 'none')
    return [`${file} says mark: none, so that nothing tells which guests are its own`, 'Use mark: full.'];
  const root = dirname(resolve(cwd, file));
  const [input = '.', ...others] = paths;
  const folder = input === '-' || others.length > 0 ? undefined : await folderAt(resolve(cwd, input));
  if (folder !== undefined && folder === (await folderAt(root))) {
    const linked = await linkedFolderBelow(folder);
    if (linked === undefined) return undefined;
    return [
      `${displayPath(linked, cwd)} is a link to a folder, and links to folders are not followed`,
      'Put what it leads to into the project itself, or take the link out of it.',
    ];
  }
  const where = displayPath(root, cwd);
  const named = paths.length === 0 ? 'the current folder' : paths.join(' ');
  return [
    `${named} is not the whole project, whose folder is ${where === '.' ? 'the current one' : where}`,
    `Name that folder alone: no files, no globs, no standard input${where === '.' ? '.' : `: ${where}`}`,
  ];
}

/**
 * What a plan does with what no document describes: removes it with `--prune`, tells of it where the whole project is
 * planned without, and otherwise does not look. Throws `USAGE` where `--prune` is given and the project is not whole:
 * what the run does not know would be removed.
 */
export async function pruneModeOf(
  paths: readonly string[],
  documents: CheckedDocuments,
  options: PruneOptions,
  cwd: string,
): Promise<Prune | undefined> {
  const partial = await whyNotWhole(paths, documents, options, cwd);
  if (options.prune !== true) return partial === undefined ? 'note' : undefined;
  if (partial !== undefined) {
    const [problem, hint] = partial;
    throw new PvevmError('USAGE', `cannot use --prune: ${problem}`, { hints: [hint] });
  }
  if (documents.documents > 0) return 'remove';
  throw new PvevmError('USAGE', 'cannot use --prune: the project has no document, so that its whole stack would go', {
    hints: ['If that is what you want, bring the documents back, and run pvevm destroy.'],
  });
}
