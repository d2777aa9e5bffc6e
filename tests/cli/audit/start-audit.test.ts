import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareAudit } from '../../../src/cli/audit/start-audit.ts';
import type { Connection } from '../../../src/cli/connect.ts';
import type { Io } from '../../../src/cli/io.ts';
import { plan } from '../../report/plans.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const CONNECTION = {
  ...{ label: 'https://pve1:8006', client: { user: 'root@pam', answeredAt: () => Date.UTC(2026, 0, 2) } },
} as unknown as Connection;

it('R-48: the beginning of a run is recorded without the secrets that the program knows, and with the server’s time', () => {
  const io = {
    ...{ cwd, env: { GITHUB_JOB: 'of hunter2', HOME: cwd } },
    clean: (text: string) => text.replaceAll('hunter2', '********'),
  } as unknown as Io;
  const audit = prepareAudit('log.jsonl', CONNECTION, io);
  const sources = [{ file: 'hunter2.yaml', sha256: 'abc' }];
  audit?.begin({ command: 'apply', plan: plan([]), allowed: new Set(['restart', 'data-loss']), sources });
  audit?.close();
  const text = readFileSync(join(cwd, 'log.jsonl'), 'utf8');
  expect(text).not.toContain('hunter2');
  expect(JSON.parse(text)).toMatchObject({
    ...{ type: 'run.opened', serverTime: '2026-01-02T00:00:00.000Z', allowed: ['data-loss', 'restart'] },
    ...{ documents: [{ file: '********.yaml' }], ci: { GITHUB_JOB: 'of ********' } },
  });
});
