import { redact } from '../../core/redact.ts';
import { sanitizeLine, sanitizeText } from '../../core/sanitize.ts';

/** Takes secrets that are known by their text out of a text. */
type Clean = (text: string) => string;

/** An element of XML: its attributes, and either a text or other elements. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content: string | readonly Element[];
}

// What XML 1.0 has no way to write, halves of characters among it.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

function formatElement({ name, attributes, content }: Element, indent: string, clean: Clean): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(sanitizeLine(redact(clean(String(value)))))}"`,
  );
  const begin = `${indent}<${name}${pairs.join('')}`;
  if (content.length === 0) return `${begin}/>`;
  if (typeof content === 'string') return `${begin}>${escapeXml(sanitizeText(redact(clean(content))))}</${name}>`;
  const inner = content.map((element) => formatElement(element, `${indent}  `, clean));
  return `${begin}>\n${inner.join('\n')}\n${indent}</${name}>`;
}

/**
 * A document of XML 1.0, well-formed whatever its texts and attributes hold: what cannot be written in it is replaced, and
 * control characters become visible escapes.
 */
export function formatXml(root: Element, clean: Clean): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${formatElement(root, '', clean)}\n`;
}
