import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/cli/connection-options.ts';
import { connectionSettings } from '../../src/cli/settings.ts';
import { PvevmError } from '../../src/core/error.ts';

const token = 'root@pam!ci=12345678-1234-1234-1234-123456789abc';
const other = 'root@pam!file=12345678-1234-1234-1234-123456789abc';
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  writeFileSync(join(cwd, 'token'), `${other}\n`, { mode: 0o600 });
  writeFileSync(join(cwd, 'open-token'), other);
  chmodSync(join(cwd, 'open-token'), 0o640);
  writeFileSync(join(cwd, 'empty'), '\n', { mode: 0o600 });
  writeFileSync(join(cwd, 'ca.pem'), pem);
});

afterAll(() => rmSync(cwd, { recursive: true }));

const whole = { PVEVM_ENDPOINT: 'https://pve1:8006', PVEVM_TOKEN: token };

function settings(options: ConnectionOptions, env: Readonly<Record<string, string>>) {
  return connectionSettings(options, { env, cwd });
}

function failure(options: ConnectionOptions, env: Readonly<Record<string, string>>): PvevmError {
  try {
    settings(options, env);
  } catch (error) {
    if (error instanceof PvevmError) return error;
  }
  throw new Error('nothing was thrown');
}

it('takes everything from the environment', () => {
  expect(settings({}, { ...whole, PVEVM_FINGERPRINT: 'AA', PVEVM_ENDPOINT: 'https://a:8006, b c' })).toEqual({
    endpoints: ['https://a:8006', 'b', 'c'],
    token,
    trust: { fingerprints: ['AA'] },
  });
  expect(settings({}, { ...whole, PVEVM_CA: 'ca.pem' }).trust).toEqual({ ca: pem });
  expect(settings({}, { ...whole, PVEVM_INSECURE: '1' }).trust).toEqual({ insecure: true });
});

it('lets flags win over the environment', () => {
  const env = { ...whole, PVEVM_CA: 'ca.pem' };
  expect(settings({ endpoint: ['pve9'], tokenFile: 'token', fingerprint: 'BB' }, env)).toEqual({
    endpoints: ['pve9'],
    token: other,
    // A certificate authority from the environment would make the pinned fingerprint no stricter.
    trust: { fingerprints: ['BB'] },
  });
});

it('reads the token from a file that the environment names, unless it holds the token itself', () => {
  expect(settings({}, { PVEVM_ENDPOINT: 'a', PVEVM_TOKEN_FILE: 'token' }).token).toBe(other);
  expect(settings({}, { ...whole, PVEVM_TOKEN_FILE: 'token' }).token).toBe(token);
});

it('teaches all ways where something is missing, and the sandbox', () => {
  const error = failure({}, { PVEVM_ENDPOINT: ' ' });
  expect({ code: error.code, message: error.message }).toEqual({
    code: 'CONFIG',
    message: 'cannot connect: no endpoint and no API token is given',
  });
  for (const way of ['--endpoint', 'PVEVM_ENDPOINT', '--token-file', 'PVEVM_TOKEN', 'PVEVM_TOKEN_FILE', '--sandbox']) {
    expect(error.hints.join('\n')).toContain(way);
  }
  expect(failure({}, { PVEVM_ENDPOINT: 'a' }).message).toBe('cannot connect: no API token is given');
});

it.skipIf(process.platform === 'win32')('refuses a token file that others can read, with the remedy', () => {
  const error = failure({ tokenFile: 'open-token' }, whole);
  expect(error.message).toBe('cannot use the token file open-token: others can read it');
  expect(error.hints).toEqual(['Run: chmod 600 open-token']);
});

it.each([
  [{ tokenFile: 'nowhere' }, whole, 'cannot read the token file nowhere'],
  [{ tokenFile: 'empty' }, whole, 'cannot use the token file empty: it is empty'],
  [{ ca: 'nowhere' }, whole, 'cannot read the file of certificate authorities nowhere'],
  [{ ca: 'token' }, whole, 'cannot use token: it holds no certificate in PEM form'],
  [{ ca: 'ca.pem', insecure: true }, whole, 'cannot both verify the server and not verify it'],
  [{}, { ...whole, PVEVM_INSECURE: 'maybe' }, "cannot read PVEVM_INSECURE: 'maybe' is neither 1 nor 0"],
])('refuses %j', (options, env, message) => {
  const error = failure(options, env);
  expect({ code: error.code, message: error.message }).toEqual({ code: 'CONFIG', message });
});

it('R-48: repeats no token in an error', () => {
  expect(JSON.stringify(failure({ insecure: true, fingerprint: 'AA' }, whole))).not.toContain('123456789abc');
});
