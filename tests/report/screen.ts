import xterm from '@xterm/headless';

/** A terminal that nobody sees, for what is drawn on it. */
export interface Screen {
  write(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** The rows that one sees, without blanks at their ends, and without empty rows at the end. */
  rows(): readonly string[];
  /** The same with what has scrolled away. */
  all(): readonly string[];
  readonly columns: number;
  readonly height: number;
}

/** Opens a virtual terminal of so many columns and rows, which ends lines as the driver of a real one does. */
export function openScreen(columns: number, rows: number): Screen {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    convertEol: true,
    scrollback: 1000,
    allowProposedApi: true,
  });
  const write = (text: string): Promise<void> => new Promise((resolve) => terminal.write(text, resolve));
  const lines = (from: number): readonly string[] => {
    const buffer = terminal.buffer.active;
    const found: string[] = [];
    for (let at = from; at < buffer.length; at += 1) found.push(buffer.getLine(at)?.translateToString(true) ?? '');
    while (found.at(-1) === '') found.pop();
    return found;
  };
  return {
    write,
    resize: async (wide, high) => {
      terminal.resize(wide, high);
      await write('');
    },
    rows: () => lines(terminal.buffer.active.baseY),
    all: () => lines(0),
    get columns() {
      return terminal.cols;
    },
    get height() {
      return terminal.rows;
    },
  };
}
