import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

it.each([
  ['- POST /pools status=503\n- GET /pools status=abc\n', 'faults.yaml:2:3', "'status' cannot be 'abc'"],
  ['- method: POST\n  path: /pools\n  stat: 500\n', 'faults.yaml:3:3', "'stat' is not known"],
  ['faults:\n  - { path: /x, delay: 500 }\n', 'faults.yaml:2:17', "'delay' cannot be '500'"],
  ['- GET /x\n- 7\n', 'faults.yaml:2:3', 'no rule'],
  ['a: [1\nb: }\n', 'faults.yaml:2:1', ''],
  ['rules: []\n', 'faults.yaml:1:1', 'list'],
  ['', 'faults.yaml:1:1', 'list'],
  ['- GET /x\n---\n- GET /y\n', 'faults.yaml:2:1', 'one YAML document'],
])('a file of faults that is wrong is refused with the place: %j', async (text, place, problem) => {
  writeFileSync(join(cwd, 'faults.yaml'), text);
  const { code, stderr } = await runCli(['sandbox', 'serve', '--faults', 'faults.yaml'], { cwd });
  expect(code).toBe(3);
  expect(stderr).toContain(place);
  expect(stderr).toContain(problem);
});

it('a file of faults that is not there is an error with its name', async () => {
  const { code, stderr } = await runCli(['sandbox', 'serve', '--faults', 'none.yaml'], { cwd });
  expect(code).toBe(3);
  expect(stderr).toContain('none.yaml');
});

it.each([
  ['--seed', '1.5'],
  ['--seed', '-1'],
  ['--port', '70000'],
])('%s %s is refused', async (flag, value) => {
  expect((await runCli(['sandbox', 'serve', flag, value], { cwd })).code).toBe(3);
});
