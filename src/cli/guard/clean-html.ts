// What holds no data: style, script, tags. What is between them is text.
const MARKUP = /<(style|script)>[\s\S]*?<\/\1>|<[^>]*>/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};
const CHARACTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENTITIES).map(([entity, character]) => [character, entity]),
);

/** Whether a text is a page as `formatPage` makes it. */
export function isHtml(text: string): boolean {
  return text.startsWith('<!doctype html>\n');
}

/** A text with its entities, cleaned as it is read; what has nothing to be cleaned stays as it is written. */
export function cleanText(text: string, clean: (text: string) => string): string {
  const plain = text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
  const cleaned = clean(plain);
  return cleaned === plain ? text : cleaned.replace(/[<>"'&]/g, (character) => CHARACTERS[character] ?? character);
}

/**
 * A page whose texts went through `clean`, as people read them and not as they are escaped; tags, style and script stay,
 * although a secret may be spelled as one of their words. No tag of a page holds data.
 */
export function cleanHtml(page: string, clean: (text: string) => string): string {
  let result = '';
  let end = 0;
  for (const { 0: markup, index } of page.matchAll(MARKUP)) {
    result += cleanText(page.slice(end, index), clean) + markup;
    end = index + markup.length;
  }
  return result + cleanText(page.slice(end), clean);
}
