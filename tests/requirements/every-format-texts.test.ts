import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spellingsOf } from '../../src/core/redact.ts';
import { type FormatWorld, makeFormatWorld } from './formats/format-world.ts';
import {
  BAD,
  FINDING_FORMATS,
  type Format,
  LIVE_FORMATS,
  PLAN_FORMATS,
  RUN_ANNOTATIONS,
  RUN_FORMATS,
} from './formats/formats.ts';
import { expectHarmless } from './formats/readers.ts';
import type { Rewrite } from './formats/rewriting-relay.ts';

const FORMATS: readonly Format[] = [
  ...PLAN_FORMATS,
  ...FINDING_FORMATS,
  ...LIVE_FORMATS,
  ...RUN_FORMATS,
  RUN_ANNOTATIONS,
];

/**
 * A document whose texts hold something, a changed one beside a guest that is there and one that is not yet; and one that is
 * wrong in a place that holds it.
 */
function documentsWith(text: string, more = ''): Readonly<Record<'before' | 'vm' | 'saved' | 'bad', string>> {
  const head = (name: string): string => `kind: vm\nname: ${name}\nnode: pve1\nha: false\npower: running\n`;
  const written = JSON.stringify(text);
  const before = `${head('web-01')}description: ${JSON.stringify(`c0ntr0l\n${text}\nbefore`)}\n${more}`;
  return {
    before,
    vm: `${before.replace('before', 'after')}---\n${head('db-01')}description: ${written}\ntags: [a]\n`,
    saved: `${before.replace(written.slice(1, -1), 'nothing').replace('before', 'after')}`,
    bad: `${head('bad')}${written}: 1\ndescription: [${written}]\nc0ntr0l: ${written}\n`,
  };
}

/** A server that says a text wherever it can say one: in the agent’s answers, in logs, ends of tasks, and errors. */
function sayingEverywhere(text: () => string): Rewrite {
  return ({ path, status, data }) => {
    if (status >= 400) return `c0ntr0l ${text()}\n`;
    if (path.endsWith('/agent/network-get-interfaces')) {
      const hostile = { 'ip-address-type': 'ipv4', 'ip-address': `c0ntr0l${text()}`, prefix: 24 };
      const own = (data as { result: readonly object[] }).result;
      const named = { name: `c0ntr0l${text()}`, 'hardware-address': '00:00:00:00:00:01', 'ip-addresses': [hostile] };
      return { result: [named, ...own] };
    }
    if (/\/tasks\/.*\/log$/.test(path)) return [{ n: 1, t: `c0ntr0l ${text()}` }, ...(data as readonly object[])];
    if (/\/tasks\/.*\/status$/.test(path)) {
      const { exitstatus, ...task } = data as { readonly exitstatus?: string };
      return exitstatus === undefined || exitstatus === 'OK' ? undefined : { ...task, exitstatus: `bad ${text()}` };
    }
    if (path === '/cluster/status')
      return (data as readonly { type: string }[]).map((row) =>
        row.type === 'cluster' ? { ...row, name: `c0ntr0l${text()}` } : row,
      );
    return undefined;
  };
}

/** Brings a cluster to where all formats have much to say, and all runs fail. */
async function prepare(
  world: FormatWorld,
  { before, vm, saved, bad }: ReturnType<typeof documentsWith>,
): Promise<void> {
  world.write('vm.yaml', before);
  const { code, stderr } = await world.run(['apply', '-y', 'vm.yaml']);
  if (code !== 0) throw new Error(stderr);
  await world.harness.sandbox.settled();
  world.write('vm.yaml', vm);
  world.write('saved.yaml', saved);
  world.write(BAD, bad);
  const { sandbox } = world.harness;
  sandbox.failNext({ method: 'PUT', path: '/nodes/*/qemu/*/config', status: 500, message: 'no', times: 9999 });
  sandbox.failNext({ method: 'POST', path: '/nodes/*/qemu', taskError: 'no', times: 9999 });
}

// Those that have no place for free text, or where it is not known to be any.
const WITHOUT_TEXT = [
  'shell variables',
  'ssh config',
  'Ansible inventory',
  'Ansible inventory in YAML',
  'text of output',
];
const SAYS_NOTHING = ['annotations of status', '--json of doctor', 'text of doctor', 'text of destroy'];
const saysText = ({ name }: Format): boolean => ![...WITHOUT_TEXT, ...SAYS_NOTHING].includes(name);

const ESCAPES =
  '\u001b]8;;https://evil.example/\u0007link\u001b]8;;\u001b\\ \u001b[2J\u001b[35m\u009b35m\rOVER\u202eevil\u2066\u200f\ufeff\u0085';
const LINES = [
  ...[
    '::error::pwned',
    '  ::add-mask::pwned',
    '##[error]pwned',
    'section_end:1:pvevm_run',
    '<script>alert(1)</script>',
  ],
  ...['<img src=x onerror=alert(1)>', '</code></pre></details></summary>]]>--><a href="javascript:alert(1)">x</a>'],
  ...['```', '~~~', '# heading', '[x](javascript:alert(1)) ![i](https://evil.example/i) @octocat', '| a | b |'],
  ...["$(touch pwned) `touch pwned` '; touch pwned; '", 'Host *', '  ProxyCommand touch pwned', '{{ 1 }} {% x %}'],
];

describe('R-50: a document and a server that want to be more than text are nothing but text in', () => {
  let world: FormatWorld;
  beforeAll(async () => {
    const text = `${ESCAPES}\n${LINES.join('\n')}`;
    world = await makeFormatWorld({ rewrite: sayingEverywhere(() => text) });
    const documents = documentsWith(text);
    await prepare(world, { ...documents, saved: documents.vm });
  });
  afterAll(() => world.close());

  it.each(FORMATS)('$name', async (format) => {
    const text = await format.read(world);
    expectHarmless(format, text);
    expect(text).not.toBe('');
    if (saysText(format)) expect(text).toContain('c0ntr0l');
  });
});

// These read no document: what a description on the cluster says in clear is no secret to them.
const KNOWS_NO_DOCUMENT = ['export', '--json of export', 'text of doctor', '--json of doctor'];
const PASSWORD = `c4n4ry "it's" <w>/0rd+%ä`;

describe('R-48: a password, and the token that is signed in with, are not in', () => {
  let world: FormatWorld;
  let secrets: readonly string[] = [];
  beforeAll(async () => {
    world = await makeFormatWorld({
      rewrite: sayingEverywhere(() => secrets.join(' and ')),
      env: { PW: PASSWORD },
    });
    secrets = [PASSWORD, world.harness.sandbox.token];
    const more = 'cloudInit: { password: "${env.PW}", user: ci }\n';
    await prepare(world, documentsWith('uses ${env.PW}', more));
  });
  afterAll(() => world.close());

  it.each(FORMATS)('$name', async (format) => {
    const text = await format.read(world);
    const read = text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
    const [password = '', token = ''] = secrets;
    const known = KNOWS_NO_DOCUMENT.includes(format.name) ? [] : [password];
    for (const secret of [...known, token.slice(token.indexOf('=') + 1)])
      for (const spelling of spellingsOf(secret))
        for (const shown of [text, read]) expect(shown).not.toContain(spelling);
    if (saysText(format)) expect(text).toContain('c0ntr0l');
  });

  it('a plan file, for which the document has to keep it out of other fields', async () => {
    rmSync(join(world.cwd, 'my.plan'), { force: true });
    const { code, stderr } = await world.run(['plan', 'vm.yaml', '-o', 'my.plan']);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot save the plan: the file would hold a secret in clear [PVEVM-CONFIG]');
    expect(stderr).toMatch(/^ {2}vm\/web-01: description$/m);
    expect(existsSync(join(world.cwd, 'my.plan'))).toBe(false);
  });
});
