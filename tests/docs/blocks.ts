/** A fenced block of a page. */
export interface Block {
  /** The first word behind the fence: `console`, `yaml`; empty where there is none. */
  readonly language: string;
  /** The file that the block is, in the folder that the page's commands run in. */
  readonly file: string | undefined;
  /** Why its commands are not run; undefined where they are. */
  readonly reason: string | undefined;
  readonly text: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
}

/** A command line of a block, and what the page says of it. */
export interface ShownCommand {
  readonly command: string;
  /** The exit code that a comment `# exits with 7` names; 0 without one. */
  readonly code: number;
  /** What the page shows of its output; undefined where it shows nothing. */
  readonly output: string | undefined;
  readonly line: number;
}

/** The fenced blocks of a page in their order, also those inside of HTML comments, which readers do not see. Fences may be indented, as in lists. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { indent: string; info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (open === undefined) {
      const [, indent = '', info = ''] = fence ?? [];
      if (fence !== null) open = { indent, info: info.trim(), line: index + 1, lines: [] };
    } else if (fence?.[2]?.trim() === '') {
      const { info, lines } = open;
      blocks.push({
        language: /^\S*/.exec(info)?.[0] ?? '',
        file: /\bfile=(\S+)/.exec(info)?.[1],
        reason: /\bno-run\b/.test(info) ? (/\breason="([^"]+)"/.exec(info)?.[1] ?? '') : undefined,
        text: lines.map((text) => `${text}\n`).join(''),
        line: open.line,
      });
      open = undefined;
    } else {
      const { indent } = open;
      open.lines.push(line.startsWith(indent) ? line.slice(indent.length) : line);
    }
  }
  return blocks;
}

function shown(command: string, line: number, output: readonly string[]): ShownCommand {
  const code = Number(/# exits with (\d+)/.exec(command)?.[1] ?? 0);
  const text = output.join('\n').trim();
  return { command: command.replace(/\s+# .*$/, ''), code, output: text === '' ? undefined : text, line };
}

/**
 * The commands of a block. In `console`, a command follows `$ ` and its output follows it; in `sh`, every line is a
 * command. A line that ends with `\` goes on in the next one.
 */
export function commandsOf({ language, text, line }: Block): readonly ShownCommand[] {
  const commands: { command: string; line: number; output: string[] }[] = [];
  let goesOn = false;
  for (const [index, written] of text.trimEnd().split('\n').entries()) {
    const last = commands.at(-1);
    if (goesOn && last !== undefined) last.command = `${last.command.slice(0, -1).trimEnd()} ${written.trim()}`;
    else if (language === 'console' && !written.startsWith('$ ')) {
      last?.output.push(written);
      continue;
    } else if (written.trim() === '' || written.startsWith('#')) continue;
    else commands.push({ command: written.replace(/^\$ /, ''), line: line + 1 + index, output: [] });
    goesOn = commands.at(-1)?.command.endsWith('\\') ?? false;
  }
  return commands.map((command) => shown(command.command, command.line, command.output));
}

/**
 * Whether an output is what a page shows. A line `…` stands for any lines, `…` in a line for any text, and a duration
 * for any other one; blanks at the ends of lines do not count.
 */
export function isShown(page: string, output: string): boolean {
  const clean = (text: string): string => text.replaceAll(/[ \t]+$/gm, '').trim();
  const pattern = clean(page)
    .split('\n')
    .map((line) =>
      line.trim() === '…'
        ? '(?:.*\n)*?'
        : `${line
            .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
            .replaceAll(/\b\d+(?:\\\.\d+)? (?:m?s)\b/g, '\\d+(?:\\.\\d+)? m?s')
            .replaceAll('…', '.*')}\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(`${clean(output)}\n`);
}
