import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programFacts } from '../../src/cli/program-text/program-facts.ts';
import { OUTPUT_NAMES } from '../output-schemas.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/json.md'), 'utf8');

it('docs/json.md names the form of every command, and every published form', () => {
  const linked = [...page.matchAll(/\]\(\.\.\/schema\/output\/([\w-]+)\.schema\.json\)/g)].map(([, name]) => name);
  expect(linked.sort()).toEqual([...OUTPUT_NAMES].sort());
  for (const { name } of programFacts('1.2.3').commands) expect(page).toMatch(new RegExp(`\`${name}\\b`));
});
