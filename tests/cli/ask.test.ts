import { describe, expect, it } from 'vitest';
import { askLine, askSecret, confirm } from '../../src/cli/ask.ts';
import type { Io } from '../../src/cli/io.ts';

interface Terminal {
  readonly io: Io;
  /** All that was written to standard error. */
  shown(): string;
  /** What was read while the terminal showed nothing. */
  readonly hidden: string[];
}

/** A terminal at which these pieces of text arrive, one after the other. */
function terminal(...pieces: readonly string[]): Terminal {
  const waiting = [...pieces];
  const hidden: string[] = [];
  let shown = '';
  let raw = false;
  async function* read(): AsyncGenerator<string> {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      if (raw) hidden.push(piece);
      yield piece;
    }
  }
  const stdin = {
    isTTY: true,
    setRawMode: (on: boolean): void => {
      raw = on;
    },
    iterator: read,
    [Symbol.asyncIterator]: read,
  };
  const stderr = {
    write: (text: string): void => {
      shown += text;
    },
  };
  return { io: { stdin, stderr, stdout: stderr, env: {}, cwd: '/' }, shown: () => shown, hidden };
}

describe('a line', () => {
  it('is given back without blanks around it, and the fallback for an empty one', async () => {
    const { io, hidden } = terminal('  anna@pve \n', '\n');
    expect(await askLine('User: ', io)).toBe('anna@pve');
    expect(await askLine('User: ', io, 'root@pam')).toBe('root@pam');
    expect(hidden).toEqual([]);
  });

  it('that never comes is an interruption', async () => {
    const { io, shown } = terminal();
    await expect(askLine('User: ', io)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(shown()).toBe('User: \n');
  });
});

describe('a secret', () => {
  it('is typed unseen, with the keys that correct it', async () => {
    const { io, hidden, shown } = terminal('wrong\u0015s', 'ecrex\u007ft', '\r');
    expect(await askSecret('Password: ', io)).toBe('secret');
    expect(hidden).toHaveLength(3);
    expect(shown()).toBe('Password: \n');
  });

  it('that was pasted ends with its first line', async () => {
    expect(await askSecret('Password: ', terminal('secret\r\nmore\r').io)).toBe('secret');
  });

  it('keeps its blanks, and ends with Ctrl-D too', async () => {
    expect(await askSecret('Password: ', terminal(' a b \u0004').io)).toBe(' a b ');
  });

  it.each([
    ['Ctrl-C', 'pa\u0003', 'INTERRUPTED'],
    ['Ctrl-D', '\u0004', 'INTERRUPTED'],
    ['nothing', '\r', 'CONFIG'],
  ])('that is %s is an error', async (_name, typed, code) => {
    await expect(askSecret('Password: ', terminal(typed).io)).rejects.toMatchObject({ code });
  });
});

describe('a question', () => {
  it('takes yes alone for a yes, and the end of the input for a no', async () => {
    const { io } = terminal('yes\n', 'y\n', 'YES\n');
    expect(await confirm('Go on?', io)).toBe(true);
    expect(await confirm('Go on?', io)).toBe(false);
    expect(await confirm('Go on?', io)).toBe(false);
    expect(await confirm('Go on?', io)).toBe(false);
  });
});
