import { redact } from '../../core/redact.ts';
import { sanitizeText } from '../../core/sanitize.ts';

/** Text that is HTML already. Only `html` makes it, so that whatever else is put into a page is escaped. */
export interface Markup {
  readonly markup: string;
}

/** What a template takes: text and numbers are escaped, markup stays, lists are joined, and nothing shows for the rest. */
export type MarkupPart = Markup | string | number | false | null | undefined | readonly MarkupPart[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text as it stands in HTML, in an element or between quotes: no tag, attribute or entity of it becomes markup. Tokens and
 * tickets are masked, and control characters and marks that turn the direction of text are shown as escapes.
 */
function escapeText(text: string): string {
  return sanitizeText(redact(text)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function render(part: MarkupPart): string {
  if (part === false || part === null || part === undefined) return '';
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(render).join('');
}

/** A template of HTML: its own text stays as it is written, its values are escaped unless they are markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return { markup: strings.map((text, index) => text + render(parts[index])).join('') };
}

/** Text of this program, a style or a script, as markup; it must not hold the end tag of its element. */
export function trusted(text: string): Markup {
  return { markup: text };
}
