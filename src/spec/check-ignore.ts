import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import { nearest } from '../core/nearest.ts';
import { type Document, rangeOfValue } from './document.ts';
import { explainUnknownKey } from './explain-key.ts';
import type { Words } from './explain-value.ts';
import { childPointer } from './pointer.ts';
import { type SchemasByKind, schemaAt } from './schema-node.ts';
import { displayValue } from './words.ts';

const IDENTITY = 'The name says which guest is meant, so that it is always managed.';
// What a document has besides the fields of its guest.
const NO_FIELD =
  'says what is meant by the document, and is nothing that a guest has. Fields of the guest can be ignored.';

/** The paths of all fields, and of the maps around them. */
function knownPaths(fields: readonly Field[]): ReadonlySet<string> {
  const known = new Set<string>();
  for (const { path } of fields) {
    const parts = path.split('.');
    for (const length of parts.keys()) known.add(parts.slice(0, length + 1).join('.'));
  }
  return known;
}

/** A path as the fields have it, with `*` for its slots; a slot that a map does not have gives words instead. */
function generalPath(
  kind: string,
  parts: readonly string[],
  known: ReadonlySet<string>,
  schemas: SchemasByKind,
): string | Words {
  const general: string[] = [];
  for (const [index, part] of parts.entries()) {
    const sort = ['*', part.replace(/\d+$/, '*')].find((slot) => known.has([...general, slot].join('.')));
    general.push(sort ?? part);
    if (sort === undefined || part === sort) continue;
    const above = parts.slice(0, index);
    if (schemaAt(kind, [...above, part], schemas).length > 0) continue;
    return explainUnknownKey(kind, above.reduce(childPointer, ''), part, schemaAt(kind, above, schemas), []);
  }
  return general.join('.');
}

function explainUnknownPath(path: string, general: string, known: ReadonlySet<string>): Words {
  const elsewhere = [...known].find((field) => field.endsWith(`.${general}`));
  const slots = path.split('.').filter((_, index) => general.split('.')[index]?.endsWith('*'));
  const near = (elsewhere ?? nearest(general, known))?.replaceAll(/[a-z]*\*/g, (slot) => slots.shift() ?? slot);
  const remedy = near === undefined ? 'A path is written as in memory.size or disks.scsi1.' : `Did you mean ${near}?`;
  return ['unknown path', `No field has the path ${displayValue(path)}. ${remedy}`];
}

/** A mistyped path in `ignore` would leave managed what was meant to be left alone: each must lead to a known field. */
export function checkIgnore(
  kind: string,
  document: Document,
  fields: readonly Field[],
  schemas: SchemasByKind,
): readonly Diagnostic[] {
  const paths = document.value['ignore'];
  if (!Array.isArray(paths)) return [];
  const known = knownPaths(fields);
  const explain = (path: string): Words | undefined => {
    // A vmid says it too: then the guest may be called something else, or nothing.
    if (path === 'name')
      return typeof document.value['vmid'] === 'number' ? undefined : ['not to be ignored', IDENTITY];
    // Whatever may stand in options may be ignored there: its kind checks the keys.
    const isTopLevel = !path.includes('.') && schemaAt(kind, [path], schemas).length > 0;
    if (isTopLevel && !known.has(path)) return ['not to be ignored', `${path} ${NO_FIELD}`];
    if (known.has('options') && /^options\.[^.]+$/.test(path)) return undefined;
    const general = generalPath(kind, path.split('.'), known, schemas);
    if (typeof general !== 'string') return general;
    return known.has(general) ? undefined : explainUnknownPath(path, general, known);
  };
  return paths.flatMap((path, index) => {
    const words = explain(String(path));
    if (words === undefined) return [];
    const [summary, detail] = words;
    const pointer = `/ignore/${index}`;
    const range = rangeOfValue(document, pointer);
    return [{ severity: 'error', code: 'SPEC_INVALID', summary, detail, range, pointer }];
  });
}
