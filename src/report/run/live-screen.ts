import { widthOf } from '../table.ts';

/** The size of a terminal, in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Where a live screen is drawn. */
export interface LiveScreenOptions {
  readonly write: (text: string) => void;
  /** The size of the terminal now. */
  readonly size: () => ScreenSize;
}

/** The last lines of a terminal, which are drawn over and over, below text that stays. */
export interface LiveScreen {
  /** Draws these lines in place of those before; nothing is written where nothing is different. */
  show(lines: readonly string[]): void;
  /** Writes whole lines that stay, above the live ones. */
  print(text: string): void;
  /** Lets what is drawn stand, since somebody else has written below it. */
  forget(): void;
  /** Takes the live lines away and gives the cursor back; what is printed later is only printed. */
  close(): void;
}

// ECMA-48 (CUU, EL, ED) and the private modes of xterm; a terminal that does not know a mode ignores it.
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
// What stands between these appears at once, without flicker.
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';
// A terminal may take a character for wider than we do: its line is cut then, and not continued on the next row.
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';
const ERASE_TO_END_OF_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a theme
const COLOR = /\x1b\[[\d;]*m/g;

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
const plainWidth = (line: string): number => widthOf(line.replace(COLOR, ''));

/**
 * Makes a live screen. The cursor rests on the empty row below the lines, so that a terminal that is made narrower, and
 * wraps what stands on it anew, leaves it in a place that can be reckoned from their widths.
 */
export function createLiveScreen({ write, size }: LiveScreenOptions): LiveScreen {
  let shown: readonly string[] = [];
  let drawnAt: ScreenSize = { columns: 0, rows: 0 };
  let isOpen = false;
  let isClosed = false;

  /** To the first column of the first live line. */
  const back = ({ columns, rows }: ScreenSize): string => {
    // A line that was wider than the terminal was cut; each takes one row until that is made narrower.
    const taken = shown.map((line) =>
      columns >= drawnAt.columns ? 1 : Math.max(1, Math.ceil(Math.min(plainWidth(line), drawnAt.columns) / columns)),
    );
    const up = Math.min(
      taken.reduce((sum, count) => sum + count, 0),
      rows - 1,
    );
    return up > 0 ? `\r\x1b[${up}A` : '\r';
  };

  const draw = (printed: string, lines: readonly string[]): void => {
    const now = size();
    const isResized = now.columns !== drawnAt.columns || now.rows !== drawnAt.rows;
    if (printed === '' && !isResized && shown.length === lines.length && shown.every((line, at) => line === lines[at]))
      return;
    // Drawing over what stands there flickers less than taking it away first, which only what moves needs.
    const first = printed === '' && !isResized ? '' : ERASE_BELOW;
    const body = lines.map((line) => `${line}${ERASE_TO_END_OF_LINE}\n`).join('');
    const frame = `${back(now)}${first}${printed}${NO_WRAP}${body}${ERASE_BELOW}${WRAP}`;
    write(`${isOpen ? '' : HIDE_CURSOR}${BEGIN_FRAME}${frame}${END_FRAME}`);
    isOpen = true;
    shown = lines;
    drawnAt = now;
  };

  return {
    show: (lines) => {
      if (!isClosed) draw('', lines);
    },
    print: (text) => {
      if (isClosed || !isOpen) write(ended(text));
      else if (text !== '') draw(ended(text), shown);
    },
    forget: () => {
      if (isOpen) write(HIDE_CURSOR);
      shown = [];
    },
    close: () => {
      if (isOpen && !isClosed) write(`${back(size())}${ERASE_BELOW}${SHOW_CURSOR}`);
      isClosed = true;
    },
  };
}
