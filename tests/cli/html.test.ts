import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { findChromium, startChromium } from '../report/html/chromium.ts';
import { faintTexts } from '../report/html/contrast.ts';
import { foreignMarkup } from '../report/html/tags.ts';
import { type CliRun, runCli } from '../run-cli.ts';

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\npower: running\ntags: [web]\n';
const DB = 'kind: vm\nname: db-01\nnode: pve2\nha: false\n';
const SECRET = `p&s<3>"c'ret`;
let cwd = '';
let sandbox: Sandbox;
let env: Readonly<Record<string, string>> = {};

const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
const run = (...argv: readonly string[]): Promise<CliRun> => runCli(argv, { cwd, env });

/** Web differs from its document, and is as it was again after. */
async function withDrift(work: () => Promise<void>): Promise<void> {
  write('web.yaml', `${WEB}description: The <b>shop</b>.\nmemory: { size: 4GiB }\n`);
  try {
    await work();
  } finally {
    write('web.yaml', WEB);
  }
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  sandbox = await startSandbox({ taskTimeMs: 1, seed: 1 });
  const { endpoint, token, fingerprint } = sandbox;
  env = { PVEVM_ENDPOINT: endpoint, PVEVM_TOKEN: token, PVEVM_FINGERPRINT: fingerprint, PW: SECRET };
  write('web.yaml', WEB);
  const { code, stderr } = await run('apply', '-y');
  if (code !== 0) throw new Error(stderr);
  await sandbox.settled();
  write('db.yaml', DB);
});

afterAll(async () => {
  await sandbox?.close();
  rmSync(cwd, { recursive: true, force: true });
});

describe('plan --format html', () => {
  it('prints one page, the same for the same plan, with what a text has and no time', async () => {
    await withDrift(async () => {
      const { code, stdout } = await run('plan', '--format', 'html');
      expect(code).toBe(0);
      expect(foreignMarkup(stdout)).toEqual([]);
      expect(stdout).toContain('<h1>Plan: 1 to add, 1 to change, 0 to destroy.</h1>');
      expect(stdout).toContain('The &lt;b&gt;shop&lt;/b&gt;.');
      expect(stdout).toContain('web.yaml:8:17');
      expect((await run('plan', '--format', 'html')).stdout).toBe(stdout);
    });
  });

  it('keeps its exit codes, and a page of what was found is printed for what fails', async () => {
    expect((await run('plan', '--format', 'html', '--detailed-exitcode')).code).toBe(2);
    write('wrong.yaml', 'kind: vm\nname: wrong\nnode: pve1\nmemori: 1\n');
    const invalid = await run('plan', 'wrong.yaml', '--format', 'html');
    expect(invalid.code).toBe(3);
    expect(invalid.stdout).toContain('<h1>The documents are not valid.</h1>');
    expect(invalid.stdout).toContain('memori');
    expect(invalid.stderr).toContain('unknown key');
    write('wrong.yaml', 'kind: vm\nname: wrong\nnode: pve1\nnetwork: { net0: { bridge: vmbr7 } }\n');
    const failed = await run('plan', 'wrong.yaml', '--format', 'html');
    expect(failed.code).toBe(9);
    expect(failed.stdout).toContain('<h1>The plan has errors.</h1>');
    expect(failed.stdout).toContain('vmbr7');
    rmSync(join(cwd, 'wrong.yaml'));
  });

  it('is another form of a saved plan too', async () => {
    expect((await run('plan', '-o', 'saved.json', '--format', 'html')).code).toBe(0);
    const { code, stdout } = await run('show', 'saved.json', '--format', 'html');
    expect(code).toBe(0);
    expect(stdout).toContain('<h1>Plan: 1 to add, 0 to change, 0 to destroy.</h1>');
    expect(stdout).toContain('POST</b> /nodes/pve2/qemu');
  });

  it('R-48: shows no secret, however a page spells it', async () => {
    const said = `a\n  ${SECRET}\n  b`;
    write(
      'secret.yaml',
      `${DB.replace('db-01', 'secret')}cloudInit: { password: "\${env.PW}" }\ndescription: |\n  ${said}\n`,
    );
    const { stdout } = await run('plan', 'secret.yaml', '--format', 'html', '--show-requests', '--explain');
    expect(stdout).toContain('cipassword: &quot;{secret:');
    expect(stdout).toContain('a\\n********\\nb');
    expect(stdout).not.toContain('c&#39;ret');
    expect(stdout).not.toContain('p&amp;s');
    rmSync(join(cwd, 'secret.yaml'));
  });
});

describe('status --format html', () => {
  it('prints one page with a row for each resource, and what differs', async () => {
    await withDrift(async () => {
      const { code, stdout } = await run('status', '--format', 'html', '--exit-code');
      expect(code).toBe(2);
      expect(foreignMarkup(stdout)).toEqual([]);
      expect(stdout).toContain('<h1>1 present, 1 absent, 1 with drift.</h1>');
      expect(stdout).toContain('differs from its document: <code>memory.size, description</code>');
    });
  });

  // Skipped where no Chromium is found: it is no package of npm, and CI installs it.
  it.skipIf(findChromium() === undefined)(
    'fits a phone and a screen, by light and by dark, and is filtered',
    async () => {
      const browser = await startChromium(findChromium() ?? '');
      try {
        for (const name of ['a', 'b', 'c']) write(`${name}.yaml`, DB.replace('db-01', name));
        const { stdout } = await run('status', '--format', 'html');
        for (const colorScheme of ['light', 'dark'] as const) {
          const viewport = { width: 360, height: 740 };
          const { page, problems } = await browser.open(stdout, { viewport, colorScheme });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
          expect(await faintTexts(page)).toEqual([]);
          await page.locator('.chip', { hasText: '1 running' }).click();
          expect(await page.locator('.r:visible .find').allTextContents()).toEqual(['vm/web-01']);
          expect(problems).toEqual([]);
        }
        const { page } = await browser.open(stdout);
        const tree = await page.locator('body').ariaSnapshot();
        for (const part of [
          'table "Resources"',
          'columnheader "State"',
          'rowheader "vm/web-01 web.yaml:1"',
          'cell "pve1"',
        ])
          expect(tree).toContain(part);
        await page.locator('.chip', { hasText: '4 absent' }).click();
        expect(await page.locator('.r:visible').count()).toBe(4);
      } finally {
        await browser.close();
        for (const name of ['a', 'b', 'c']) rmSync(join(cwd, `${name}.yaml`), { force: true });
      }
    },
  );
});

describe('--format', () => {
  it('json is --json, errors and all', async () => {
    for (const argv of [['plan'], ['status']]) {
      const { stdout } = await run(...argv, '--format', 'json');
      expect(Object.keys(JSON.parse(stdout))).toEqual(Object.keys(JSON.parse((await run(...argv, '--json')).stdout)));
    }
    const unknown = await run('plan', '--format=json', '--nonsense');
    expect(JSON.parse(unknown.stdout)).toMatchObject({ exit: { code: 3 } });
  });

  it('is refused beside --json, with --watch, and where it is unknown', async () => {
    const refused = async (...argv: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(...argv);
      expect(code).toBe(3);
      return stdout + stderr;
    };
    expect(await refused('plan', '--json', '--format', 'html')).toContain(
      'cannot print --json and --format html at once',
    );
    expect(await refused('status', '--watch', '--format', 'html')).toContain('cannot print --format html with --watch');
    expect(await refused('plan', '--format', 'htm')).toContain("'htm' is invalid");
  });
});
