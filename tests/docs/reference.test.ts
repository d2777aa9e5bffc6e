import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandsPage } from '../../scripts/gen-commands.mjs';
import { programFacts } from '../../src/cli/program-text/program-facts.ts';

it('docs/reference/commands.md is what the commands say of themselves today (npm run docs writes it anew)', async () => {
  const page = await commandsPage();
  expect(readFileSync(join(import.meta.dirname, '../../docs/reference/commands.md'), 'utf8')).toBe(page);
  const all = programFacts('1.2.3').commands.flatMap((command) =>
    command.commands.length === 0 ? [command] : command.commands,
  );
  for (const { path, options } of all) {
    expect(page).toContain(`\n## ${path}\n`);
    for (const { flags } of options) expect(page).toContain(`\`${flags.replaceAll('|', '\\|')}\``);
  }
});
