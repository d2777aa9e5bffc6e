import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { Script } from 'node:vm';
import { createCodeCache } from './code-cache.ts';

/**
 * Loads a script of ASCII text, a function of the five names that CommonJS has, and gives its exports back. The code that a run has compiled, each function that it
 * called with it, is kept for the next one where `isWhole` says at the end that this run was worth it: Node's own compile
 * cache, which 22.8 has and 20 has not, keeps of each file what was compiled when it was loaded, which is little.
 */
export function loadScript(path: string, isWhole: () => boolean): unknown {
  const cache = createCodeCache(basename(path), process.env);
  const cachedData = cache?.read();
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    process.once('exit', () => {
      if (isWhole()) cache.keep(script.createCachedData());
    });
  }
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: readonly unknown[]) => void;
  run(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}
