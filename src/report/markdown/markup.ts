import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

/** Takes secrets that are known by their text out of a text. */
export type Clean = (text: string) => string;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** How many bytes of UTF-8 a text takes. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/**
 * A text of a file or a server as code, on one line, for a line that begins with a tag of HTML: there no character of it
 * means anything in Markdown, and nobody is mentioned and nothing linked by it.
 */
export function codeOf(text: string, clean: Clean): string {
  const shown = sanitizeLine(redact(clean(text)));
  return `<code>${shown.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)}</code>`;
}

/** Lines as a block that is shown as it is, whatever is in them but secrets; `language` colours it. */
export function fenceOf(text: readonly string[], language: 'diff' | 'text', clean: Clean): string {
  const lines = redact(clean(text.join('\n'))).split('\n');
  const longest = Math.max(0, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** A part that unfolds: its head is HTML, its body Markdown. */
export function foldOf(head: string, body: string, isOpen: boolean): string {
  return `<details${isOpen ? ' open' : ''}><summary>${head}</summary>\n\n${body}\n\n</details>`;
}

/** As many of the lines, from the first, as fit into so many bytes, and a line that says how many are left out. */
export function cutLines(lines: readonly string[], limit: number): readonly string[] {
  let room = limit;
  const end = lines.findIndex((line) => {
    room -= bytesOf(line) + 1;
    return room < 0;
  });
  return end === -1 ? lines : [...lines.slice(0, end), `… and ${lines.length - end} more lines`];
}
