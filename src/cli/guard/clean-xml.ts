import { cleanText } from './clean-html.ts';

/** Whether a text is a document as `formatXml` makes it. */
export function isXml(text: string): boolean {
  return text.startsWith('<?xml version="1.0"');
}

/**
 * A document of XML whose texts and attributes went through `clean`, as they are read and not as they are escaped; the
 * names of elements and attributes stay, although a secret may be spelled as one of them.
 */
export function cleanXml(document: string, clean: (text: string) => string): string {
  return document
    .split(/(<[^>]*>)/)
    .map((part) => {
      if (!part.startsWith('<')) return cleanText(part, clean);
      if (part.startsWith('<?')) return part;
      return part.replace(/="([^"]*)"/g, (_, value: string) => `="${cleanText(value, clean)}"`);
    })
    .join('');
}
