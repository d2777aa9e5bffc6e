import { expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { printError } from '../../src/cli/print-error.ts';
import { PvevmError } from '../../src/core/error.ts';

function print(
  error: unknown,
  options: Parameters<typeof printError>[2] = {},
): { code: number; stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
  });
  async function* empty(): AsyncGenerator<string> {}
  const io: Io = { stdout: stream('stdout'), stderr: stream('stderr'), stdin: empty(), env: {}, cwd: '/' };
  return { code: printError(error, io, options), ...written };
}

const failure = new PvevmError('CONNECT', 'cannot reach https://pve1:8006', {
  cause: new Error('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND pve1') }),
  hints: ['Check the endpoint.'],
  details: ['tried once'],
});

it('shows the message, what it shows, the causes and what to do', () => {
  expect(print(failure)).toEqual({
    code: 6,
    stdout: '',
    stderr: `error: cannot reach https://pve1:8006 [PVEVM-CONNECT]
  tried once
  because: getaddrinfo ENOTFOUND pve1
  Check the endpoint.
`,
  });
});

it('leaves out causes that say nothing', () => {
  const several = new AggregateError([new Error('connect ECONNREFUSED ::1:8006')], '');
  const error = new PvevmError('CONNECT', 'no connection', {
    cause: new TypeError('fetch failed', { cause: several }),
  });
  expect(print(error).stderr).toBe('error: no connection [PVEVM-CONNECT]\n');
  expect(print(new PvevmError('CONNECT', 'none', { cause: new TypeError('fetch failed') })).stderr).toContain(
    'because: fetch failed',
  );
});

it('takes the reason alone out of what OpenSSL says', () => {
  const said = '80BC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl3_record.c:350:\n';
  const { stderr } = print(new PvevmError('TLS', 'no TLS', { cause: new Error(said) }));
  expect(stderr).toBe('error: no TLS [PVEVM-TLS]\n  because: wrong version number\n');
});

it('shows a stack with --debug only', () => {
  expect(print(failure).stderr).not.toContain('    at ');
  expect(print(failure, { debug: true }).stderr).toContain('    at ');
});

it('is a JSON document on standard output with --json', () => {
  const { code, stdout, stderr } = print(failure, { json: true });
  expect({ code, stderr }).toEqual({ code: 6, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    formatVersion: '1.0',
    exit: { code: 6, name: 'unreachable' },
    error: {
      code: 'CONNECT',
      message: 'cannot reach https://pve1:8006',
      causes: ['getaddrinfo ENOTFOUND pve1'],
      details: ['tried once'],
      hints: ['Check the endpoint.'],
    },
  });
});

it('says of an unknown failure that it is a defect', () => {
  const { code, stderr } = print(new TypeError('x is not a function'));
  expect(code).toBe(1);
  expect(stderr).toBe(
    'error: x is not a function [PVEVM-INTERNAL]\n  This is a defect of pvevm: run the command again with --debug, and report what it prints.\n',
  );
});

it('R-48, R-50: shows no token and no control character', () => {
  const secret = 'root@pam!ci=0123abcd-0000-1111-2222-333344445555';
  const text = print(
    new PvevmError('CONNECT', `bad \x1b[2J ${secret}`, {
      cause: new Error(secret),
      hints: [secret],
      details: [secret],
    }),
    { debug: true },
  );
  expect(text.stderr).toContain('root@pam!ci=********');
  expect(text.stderr).not.toContain('0123abcd');
  expect(text.stderr).not.toContain('\x1b');
  expect(print(new PvevmError('CONNECT', secret, { hints: [secret] }), { json: true }).stdout).not.toContain(
    '0123abcd',
  );
});

it('ends a chain of causes that leads back to itself', () => {
  const error = new Error('a');
  error.cause = error;
  expect(print(error).stderr.split('because:')).toHaveLength(9);
});
