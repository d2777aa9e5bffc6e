import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAnswer } from '../../../src/cli/complete/complete.ts';
import { programFacts } from '../../../src/cli/program-text/program-facts.ts';
import { runCli } from '../../run-cli.ts';

let cwd = '';

beforeAll(async () => {
  // Nobody waits for long: what is loaded on a first use must not count.
  await import('../../../src/spec/load.ts');
  await import('../../../src/cli/contexts.ts');
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'web.yaml'), 'kind: vm\nname: web\ninstances: 2\ntags: [ci]\n');
  mkdirSync(join(cwd, 'other'));
  writeFileSync(join(cwd, 'other/db.yaml'), 'kind: vm\nname: db-01\n');
  mkdirSync(join(cwd, 'pvevm'));
  const contexts = 'contexts:\n  home: { endpoints: ["https://pve1:8006"], username: root@pam }\n';
  writeFileSync(join(cwd, 'pvevm/config.yaml'), contexts, { mode: 0o600 });
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** What is offered at the end of a command line, and where it comes from. */
async function complete(line: string): Promise<{ from: string; values: readonly string[] }> {
  const words = line.split(' ');
  const run = await runCli(['__complete', `=${words.at(-1)}`, ...words.slice(0, -1)], {
    cwd,
    env: { XDG_CONFIG_HOME: cwd },
  });
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  const [from = '', ...lines] = run.stdout.trimEnd().split('\n');
  return { from, values: lines.map((one) => one.split('\t')[0] ?? '') };
}

describe('completion offers', () => {
  it.each([
    ['pl', 'values', ['plan']],
    ['sandbox ', 'values', ['serve', 'load', 'reset']],
    ['plan --only vm/web', 'values', ['vm/web-01', 'vm/web-02']],
    ['plan --only=tag', 'values', ['--only=tag=ci']],
    ['destroy other --only ', 'values', ['vm/db-01']],
    ['export vm/d', 'values', ['vm/db-01']],
    ['apply --allow restart,re', 'values', ['restart,recreate']],
    ['apply --allow=m', 'values', ['--allow=migrate']],
    ['output --format s', 'values', ['shell', 'ssh-config']],
    ['plan --color=a', 'values', ['--color=always', '--color=auto']],
    ['plan --context ', 'values', ['home']],
    ['context use ', 'values', ['home']],
    ['explain vm.cpu.so', 'values', ['vm.cpu.sockets']],
    ['explain PVEVM-AU', 'values', ['PVEVM-AUTHENTICATION', 'PVEVM-AUDIT']],
    ['schema v', 'values', ['vm']],
    ['completion f', 'values', ['fish']],
    ['sandbox serve --world la', 'values', ['large']],
    ['plan --sandb', 'values', ['--sandbox']],
    ['plan --endp', 'values', ['--endpoint=']],
    ['plan ', 'files', []],
    ['plan --ca ', 'files', []],
    ['plan --sandbox=', 'folders', []],
    ['sandbox load ', 'folders', []],
    ['plan --endpoint ', 'values', []],
    ['up web.yaml -- ', 'values', []],
    ['nonsense --', 'values', ['--color', '--debug', '--help', '--json', '--quiet', '--verbose', '--version']],
  ])('behind «%s»: %s %j', async (line, from, values) => {
    expect(await complete(line)).toEqual({ from, values });
  });

  it('every command and every option that help lists', async () => {
    const facts = programFacts('1.2.3');
    expect((await complete('')).values).toEqual(facts.commands.map(({ name }) => name));
    for (const { name, options, commands } of facts.commands) {
      if (commands.length > 0) continue;
      const { values } = await complete(`${name} -`);
      for (const { long } of options) expect(values.map((value) => value.replace(/=$/, ''))).toContain(long);
    }
  });

  it('no error, and what there is, where documents cannot be read', async () => {
    expect(await complete('plan nowhere.yaml --only ')).toEqual({ from: 'values', values: [] });
    writeFileSync(join(cwd, 'other/bad.yaml'), 'kind: [');
    expect((await complete('plan other --only vm/')).values).toEqual(['vm/db-01']);
    rmSync(join(cwd, 'other/bad.yaml'));
  });

  it('R-50: no name that a shell would carry out, and no escape sequence', () => {
    const names = ['vm/web-01', '$(reboot)', 'a b', "it's", 'x\u001b[2J', '`id`', 'a;b', '-rf*'];
    const candidates = names.map((value) => ({ value, description: 'a\u001b[2J\nb' }));
    expect(formatAnswer({ from: 'values', candidates }, '')).toBe('values\nvm/web-01\ta\\x1b[2J\\nb\n');
  });
});
