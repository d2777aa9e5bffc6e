import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { manPage } from '../../../src/cli/program-text/man-page.ts';
import { programFacts } from '../../../src/cli/program-text/program-facts.ts';
import { programManPage } from '../../../src/cli/program-text/program-man-page.ts';

const hasMandoc = spawnSync('mandoc', ['-T', 'lint'], { input: '' }).error === undefined;
const hasGroff = spawnSync('groff', ['--version']).error === undefined;
if (!hasMandoc) process.stderr.write('mandoc is not there: the manual page is not checked by it\n');
if (!hasGroff) process.stderr.write('groff is not there: the manual page is not checked by it\n');

describe('the manual page', () => {
  it('has every command and every option of it', () => {
    const page = programManPage();
    const facts = programFacts('1.2.3');
    const all = facts.commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands));
    expect(all.length).toBeGreaterThan(20);
    for (const { usage, options } of all) {
      expect(page).toContain(`.SS ${usage.replaceAll('-', '\\-')}`);
      for (const { flags } of options) expect(page).toContain(`\\fB${flags.replaceAll('-', '\\-')}\\fR`);
    }
    expect(page).toContain('.SH EXIT STATUS\n.nf\n');
    expect(page).toContain('PVEVM_ENDPOINT');
  });

  it('lets no text of a definition become a request of roff', () => {
    const facts = programFacts('1.2.3');
    const page = manPage({ ...facts, description: "x\\fBy\n.so /etc/passwd\n'br" }, '1.2.3');
    expect(page).toContain('x\\efBy\n\\&.so /etc/passwd\n\\(aqbr');
  });

  // The readers of manual pages are asked where they are installed.
  it.skipIf(!hasMandoc)('pleases mandoc', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], {
      input: programManPage(),
      encoding: 'utf8',
    });
    // It has no date: two builds of a version are the same bytes.
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
  });

  it.skipIf(!hasGroff)('pleases groff', () => {
    const run = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8'], { input: programManPage(), encoding: 'utf8' });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  });
});
