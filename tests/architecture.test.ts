import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSource } from './architecture/imports.ts';
import { findViolations } from './architecture/rules.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function planted(path: string, text: string): readonly string[] {
  return findViolations([readSource(path, text)]);
}

describe('the sources', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => readSource(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')));

  it('are found, with their imports', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.find((file) => file.path === 'src/spec/load.ts')?.imports).toContain('src/spec/parse.ts');
  });

  it('keep the rules of the house', () => {
    expect(findViolations(files)).toEqual([]);
  });
});

describe('a planted violation is found:', () => {
  it.each([
    ['src/core/a.ts', "import { readFile } from 'node:fs';", 'core uses nothing of Node'],
    ['src/core/a.ts', "import type { A } from '../generated/a.ts';", 'core does not import generated'],
    ['src/spec/a.ts', "import { a } from '../pve/a.ts';", 'spec does not import pve'],
    ['src/pve/a.ts', "export { a } from '../spec/a.ts';", 'pve does not import spec'],
    ['src/spec/a.ts', "import type { A } from '../kinds/kind.ts';", 'spec does not import kinds'],
    ['src/kinds/vm/a.ts', "import { a } from '../container/a.ts';", 'kinds are strangers to each other'],
    ['src/kinds/kind.ts', "import { a } from './vm/a.ts';", 'the contract knows no kind'],
    ['src/kinds/vm/a.ts', "import { a } from '../../engine/a.ts';", 'kinds does not import engine'],
    ['src/engine/a.ts', "import { a } from '../kinds/vm/a.ts';", 'engine knows no kind by name'],
    ['src/engine/a.ts', "import { a } from '../report/a.ts';", 'engine does not import report'],
    ['src/report/a.ts', "const a = await import('../cli/a.ts');", 'report does not import cli'],
    ['src/sandbox/a.ts', "import { a } from '../pve/client.ts';", 'sandbox does not import pve'],
    ['src/sandbox/a.ts', "type A = import('../spec/a.ts').A;", 'sandbox does not import spec'],
    ['src/pve/a.ts', "import { a } from '../sandbox/a.ts';", 'pve does not import sandbox'],
    ['src/cli/a.ts', "import { a } from '../index.ts';", 'nothing imports the top of the program'],
    ['src/pve/a.ts', "import { Agent } from 'undici';", 'undici belongs to src/pve/connection/dispatcher.ts'],
    [
      'src/pve/a.ts',
      "await import('undici/lib/dispatcher/agent.js');",
      'undici belongs to src/pve/connection/dispatcher.ts',
    ],
    ['src/pve/a.ts', 'await Promise.all([]);', 'uses Promise.all'],
    ['src/pve/a.ts', 'setTimeout(() => {}, 1);', 'uses setTimeout'],
    ['src/pve/a.ts', "import { setTimeout } from 'node:timers/promises';", 'uses setTimeout'],
    ['src/cli/a.ts', 'process.exit(1);', 'uses process.exit'],
    ['src/cli/a.ts', 'export default 1;', 'uses export default'],
    ['src/cli/a.ts', 'export default function a() {}', 'uses export default'],
    ['src/cli/aB.ts', '', 'is no kebab-case name'],
    ['src/utils/a.ts', '', 'stands on no floor'],
    ['src/cli/a.ts', '\n'.repeat(251), 'has 251 lines, more than 250'],
  ])('%s: %s', (path, text, problem) => {
    const found = planted(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it.each([
    [
      'src/sandbox/a.ts',
      "import { a } from '../pve/codecs/a.ts'; import { b } from '../pve/facts/b.ts'; import { c } from '../core/c.ts';",
    ],
    [
      'src/kinds/vm/a.ts',
      "import type { Kind } from '../kind.ts'; import { b } from './b.ts'; import { c } from '../../spec/c.ts';",
    ],
    ['src/index.ts', "export type { Kind } from './kinds/kind.ts'; export { a } from './cli/a.ts';"],
    ['src/pve/connection/dispatcher.ts', "await import('undici/lib/dispatcher/agent.js');"],
    ['src/engine/run/schedule.ts', 'await Promise.all([]);'],
    ['src/sandbox/clock.ts', 'setTimeout(() => {}, 1);'],
    ['src/cli/a.ts', "// process.exit(1)\nconst text = 'export default setTimeout'; server.setTimeout(1);"],
    ['src/cli/a.ts', 'switch (a) { default: b(); }'],
  ])('what is allowed is not: %s: %s', (path, text) => {
    expect(planted(path, text)).toEqual([]);
  });
});
