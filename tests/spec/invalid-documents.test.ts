import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/invalid');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const entries = readdirSync(folder).sort();
const names = entries.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));

describe('R-17: validate says what is wrong in', () => {
  it.each(names)('%s', async (name) => {
    const file = `${name}.yaml`;
    const { code, stdout, stderr } = await runCli(['validate', file], { files: { [file]: read(file) } });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(read(`${name}.txt`));
  });
});

it('there are at least 60 broken documents, each with its output and nothing beside them', () => {
  expect(names.length).toBeGreaterThanOrEqual(60);
  expect(entries).toEqual(names.flatMap((name) => [`${name}.txt`, `${name}.yaml`]).sort());
});
