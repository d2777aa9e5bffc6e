import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import type { CliRun } from '../run-cli.ts';

/** What a person typed, and whether the terminal showed it. */
export interface TypedLine {
  readonly text: string;
  readonly hidden: boolean;
}

/** A run of the program at a terminal. */
export interface AnsweredRun extends CliRun {
  /** The answers that were read, in order. */
  readonly typed: readonly TypedLine[];
}

/** A folder that stands for a user's home and working folder; remove it with `remove`. */
export interface HomeFolder {
  readonly path: string;
  /** Where contexts are kept. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

export function makeHome(): HomeFolder {
  const path = mkdtempSync(join(tmpdir(), 'pvevm-home-'));
  mkdirSync(join(path, 'work'));
  return {
    path,
    config: join(path, '.config', 'pvevm', 'config.yaml'),
    env: { HOME: path },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Runs the program at a terminal where a person gives these answers, a line each. */
export async function runAnswering(
  argv: readonly string[],
  answers: readonly string[],
  world: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<AnsweredRun> {
  const written = { stdout: '', stderr: '' };
  const typed: TypedLine[] = [];
  const waiting = [...answers];
  let raw = false;
  async function* read(): AsyncGenerator<string> {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      typed.push({ text, hidden: raw });
      yield raw ? `${text}\r` : `${text}\n`;
    }
  }
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: true,
    write: (text: string): void => {
      written[name] += text;
    },
  });
  const stdin = {
    isTTY: true,
    setRawMode: (on: boolean): void => {
      raw = on;
    },
    iterator: () => read(),
    [Symbol.asyncIterator]: () => read(),
  };
  const env = { ...world.env, NO_COLOR: '1' };
  const code = await main(argv, { stdout: stream('stdout'), stderr: stream('stderr'), stdin, env, cwd: world.cwd });
  return { code, ...written, typed };
}
