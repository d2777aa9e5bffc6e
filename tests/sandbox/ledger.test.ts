import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ledgerPage } from '../../scripts/gen-ledger.mjs';

it('docs/sandbox.md is what npm run gen:ledger writes, with every endpoint once', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/sandbox.md'), 'utf8');
  expect(page).toBe(await ledgerPage());
  const names = page.match(/`(?:GET|POST|PUT|DELETE) \/[^`]*`/g) ?? [];
  expect(names.length).toBeGreaterThan(600);
  expect(new Set(names).size).toBe(names.length);
});
