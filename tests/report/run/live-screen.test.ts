import { expect, it } from 'vitest';
import { createLiveScreen, type LiveScreen } from '../../../src/report/run/live-screen.ts';
import { openScreen, type Screen } from '../screen.ts';

interface Drawn {
  readonly terminal: Screen;
  readonly live: LiveScreen;
  /** What was written so far. */
  text(): string;
  /** Lets the terminal take what was written. */
  settle(): Promise<void>;
}

function draw(columns: number, rows: number): Drawn {
  const terminal = openScreen(columns, rows);
  let written = '';
  let seen = 0;
  const write = (text: string): void => {
    written += text;
  };
  const live = createLiveScreen({ write, size: () => ({ columns: terminal.columns, rows: terminal.height }) });
  return {
    terminal,
    live,
    text: () => written,
    settle: async () => {
      await terminal.write(written.slice(seen));
      seen = written.length;
    },
  };
}

it('draws lines in place of those before, more of them and fewer', async () => {
  const { terminal, live, settle } = draw(80, 24);
  await terminal.write('$ pvevm apply\n');
  for (const lines of [['one'], ['one, longer', 'two', 'three'], ['1'], ['一つ', 'two 🚀']]) {
    live.show(lines);
    await settle();
    expect(terminal.rows()).toEqual(['$ pvevm apply', ...lines]);
  }
});

it('prints above what is drawn, and takes that away at the end', async () => {
  const { terminal, live, settle } = draw(40, 10);
  live.show(['running: a', 'running: b']);
  live.print('ended: first\n');
  await settle();
  expect(terminal.rows()).toEqual(['ended: first', 'running: a', 'running: b']);
  live.show(['running: b']);
  live.print(`ended: ${'x'.repeat(60)}`);
  await settle();
  expect(terminal.rows()).toEqual(['ended: first', `ended: ${'x'.repeat(33)}`, 'x'.repeat(27), 'running: b']);
  live.close();
  live.print('the end');
  await settle();
  expect(terminal.rows().slice(3)).toEqual(['the end']);
});

it('goes on at the bottom of a terminal, where everything scrolls', async () => {
  const { terminal, live, settle } = draw(40, 6);
  const printed: string[] = [];
  for (let count = 0; count < 20; count += 1) {
    live.show(['a', `b ${count}`, 'c']);
    live.print(`ended ${count}`);
    printed.push(`ended ${count}`);
    await settle();
    expect(terminal.all()).toEqual([...printed, 'a', `b ${count}`, 'c']);
  }
});

it.each([
  [80, 24, 40, 24],
  [140, 24, 40, 24],
  [140, 40, 80, 24],
  [40, 24, 140, 24],
  [80, 24, 80, 12],
  [80, 12, 40, 24],
])('leaves nothing behind where a terminal of %i×%i becomes one of %i×%i', async (columns, rows, wide, high) => {
  const { terminal, live, settle } = draw(columns, rows);
  const lines = (width: number): readonly string[] =>
    ['first', 'second サーバー', 'third'].map((name) => name.padEnd(Math.floor((width - 1) * 0.8), '.'));
  live.show(lines(columns));
  live.print('ended: first');
  live.print('ended: second');
  await settle();
  await terminal.resize(wide, high);
  live.show(lines(wide));
  await settle();
  expect(terminal.rows()).toEqual(['ended: first', 'ended: second', ...lines(wide)]);
  await terminal.resize(columns, rows);
  live.print('ended: third');
  live.show(lines(columns));
  await settle();
  expect(terminal.rows()).toEqual(['ended: first', 'ended: second', 'ended: third', ...lines(columns)]);
});

it('keeps each line on its row, though the terminal takes a character for wider than we do', async () => {
  const { terminal, live, settle } = draw(20, 10);
  // A flag that we take for one character of two columns.
  const flags = '🇩🇪'.repeat(9);
  for (let count = 0; count < 3; count += 1) {
    live.show([flags, `below ${count}`]);
    await settle();
  }
  expect(terminal.rows().length).toBe(2);
  expect(terminal.rows()[1]).toBe('below 2');
});

it('writes nothing where nothing is different, and a frame at once', () => {
  const { live, text } = draw(80, 24);
  live.show(['one']);
  const before = text();
  live.show(['one']);
  expect(text()).toBe(before);
  live.show(['two']);
  const frame = text().slice(before.length);
  expect(frame.startsWith('\x1b[?2026h')).toBe(true);
  expect(frame.endsWith('\x1b[?2026l')).toBe(true);
  // Taking everything away first would flicker.
  expect(frame.indexOf('\x1b[J')).toBeGreaterThan(frame.indexOf('two'));
});

it('hides the cursor while it draws, and only then', () => {
  const { live, text } = draw(80, 24);
  live.print('not drawn yet');
  expect(text()).toBe('not drawn yet\n');
  live.show(['one']);
  live.close();
  live.close();
  expect(text().split('\x1b[?25l').length).toBe(2);
  expect(text().split('\x1b[?25h').length).toBe(2);
  expect(text().lastIndexOf('\x1b[?25h')).toBeGreaterThan(text().indexOf('\x1b[?25l'));
});

it('after the program was stopped, draws below what others have written meanwhile', async () => {
  const { terminal, live, settle } = draw(40, 10);
  live.show(['running']);
  await settle();
  await terminal.write('[1]+  Stopped\n$ fg\n');
  live.forget();
  live.show(['running again']);
  await settle();
  expect(terminal.rows()).toEqual(['running', '[1]+  Stopped', '$ fg', 'running again']);
});
