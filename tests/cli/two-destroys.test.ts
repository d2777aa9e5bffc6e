import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Harness } from '../harness.ts';
import { guestIds, volumesOf } from '../requirements/guests.ts';
import { runCli } from '../run-cli.ts';
import { useServedFolder } from './served-folder.ts';

let cwd = '';
let harness: Harness;
let env: Readonly<Record<string, string>> = {};

useServedFolder((folder) => {
  ({ cwd, harness, env } = folder);
});

it.each([0, 5, 20, 60, 150])('R-5: of two destroys of the same guests, %s ms apart, neither fails', async (apart) => {
  const vm = (index: number): string => `kind: vm\nname: web-0${index}\nvmid: 10${index}\n`;
  writeFileSync(
    join(cwd, 'vm.yaml'),
    [1, 2, 3, 4].map((index) => `${vm(index)}${index % 2 ? 'power: running\n' : ''}`).join('---\n'),
  );
  expect((await runCli(['apply', '-y', '-q', 'vm.yaml'], { cwd, env })).code).toBe(0);
  const destroy = () => runCli(['destroy', '-y', 'vm.yaml'], { cwd, env });
  const first = destroy();
  await new Promise((resolve) => setTimeout(resolve, apart));
  for (const { code, stdout, stderr } of await Promise.all([first, destroy()]))
    expect(code, `${stdout}${stderr}`).toBe(0);
  expect([await guestIds(harness), await volumesOf(harness)]).toEqual([[], []]);
});
