import { expect, it } from 'vitest';
import { guardIo } from '../../../src/cli/guard/guard-io.ts';

function guarded(): { readonly io: ReturnType<typeof guardIo>; readonly written: () => string } {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const stream = { isTTY: true, columns: 80, write };
  const stdin = Object.assign((async function* (): AsyncGenerator<string> {})(), { isTTY: true });
  const io = guardIo({ stdout: stream, stderr: stream, stdin, env: {}, cwd: '/' });
  return { io, written: () => text };
}

it('R-48: keeps what it was told out of both streams from then on', () => {
  const { io, written } = guarded();
  io.hide?.('hunter-22');
  io.stdout.write('a hunter-22\n');
  io.stderr.write('b hunter-22\n');
  expect(written()).toBe('a ********\nb ********\n');
});

it('R-48: JSON stays JSON, whatever the secret is', () => {
  for (const secret of ['": "', 'true', '1234', 'name', 'say "hi"', '\\nab', '},{"']) {
    const { io, written } = guarded();
    io.hide?.(secret);
    const value = { name: 'web', yes: true, id: 1234, said: `x ${secret} y`, list: [secret] };
    io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    expect(JSON.parse(written())).toEqual({ ...value, said: 'x ******** y', list: ['********'] });
  }
});

it('leaves everything as it is where there is no secret', () => {
  const { io, written } = guarded();
  io.stdout.write('{"a": 1}');
  expect(written()).toBe('{"a": 1}');
  expect([io.stdout.isTTY, io.stdout.columns]).toEqual([true, 80]);
});

it('a stream that is no terminal is as wide as COLUMNS says, where that is a number', () => {
  const stream = { write: () => undefined };
  const stdin = Object.assign((async function* (): AsyncGenerator<string> {})(), { isTTY: false });
  const widthWith = (COLUMNS: string): number | undefined =>
    guardIo({ stdout: stream, stderr: { ...stream, columns: 80 }, stdin, env: { COLUMNS }, cwd: '/' }).stdout.columns;
  expect(['100', '', '0', 'wide', '1e3'].map(widthWith)).toEqual([100, undefined, undefined, undefined, undefined]);
});
