import { SaxesParser } from 'saxes';

/** An element of a document of XML as a strict parser reads it. */
export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The elements around it, the outermost first. */
  readonly inside: readonly string[];
  /** Its own text, without that of the elements in it. */
  text: string;
}

/** All elements of a document, in their order. Throws where it is not well-formed. */
export function readXml(document: string): readonly ReadElement[] {
  const elements: ReadElement[] = [];
  const open: ReadElement[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: ReadElement = {
      ...{ name, attributes: attributes as Readonly<Record<string, string>>, text: '' },
      inside: open.map((outer) => outer.name),
    };
    elements.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const last = open.at(-1);
    if (last !== undefined) last.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(document).close();
  return elements;
}
