import type { Address } from './address.ts';
import type { Range } from './diagnostic.ts';
import type { JsonObject } from './json.ts';

/** What stands in the place of a file where no document describes a resource, as where it is found by its mark alone. */
export const NO_FILE = '';

/** Where a document begins, as in `web.yaml:3`; empty where there is none. */
export function placeOfDocument({ file, line }: Pick<Range, 'file' | 'line'>): string {
  return file === NO_FILE ? '' : `${file}:${line}`;
}

/** Where a resolved value came from. */
export interface Origin {
  /** As in `web.yaml:7:10`, `web.yaml:7:10, from ${var.size}`, `pvevm.yaml:5:20`, `built-in default`. */
  readonly text: string;
  /** Whether it is a built-in default, and so written by nobody. */
  readonly builtIn: boolean;
  /** The value's place in its file, where it has one. */
  readonly range?: Range;
  /** The placeholders that it was made from, as in `${var.size}`. */
  readonly from?: string;
  /** How another document asks for it: `${env.NAME}`, `${file:PATH}` relative to the working folder; absent where none can. */
  readonly expression?: string;
}

/**
 * One object to be brought to its state: a document after its defaults are merged. In `spec`, lists of devices are maps
 * by slot, short forms are written out, and `"*"` slots are gone.
 */
export interface Resource {
  readonly address: Address;
  readonly kind: string;
  readonly name: string;
  /** Where the document begins; its file is `NO_FILE` where there is none. */
  readonly range: Range;
  readonly spec: JsonObject;
  /** The origin of every value of `spec`, of maps and of leaves, by JSON pointer (`/disks/scsi0/size`). */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The secrets by path, in whose places `spec` has `{secret:PATH}`; nothing that is shown or stored comes from here. */
  readonly secrets?: ReadonlyMap<string, string>;
}

/** What the project file says of all its documents. */
export interface Project {
  /** The project file, relative to the working folder; undefined where there is none. */
  readonly file?: string;
  readonly stack: string | null;
  /** The context to connect with where neither flags nor variables say otherwise. */
  readonly context?: string;
  readonly mark: 'full' | 'description' | 'none';
}

/** The origin of a value: its own, or that of the nearest map above it. */
export function originOf(resource: Resource, pointer: string): Origin {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const origin = resource.origins.get(at);
    if (origin !== undefined) return origin;
  }
  return {
    text: `${resource.range.file}:${resource.range.line}:${resource.range.column}`,
    builtIn: false,
    range: resource.range,
  };
}

/** Where a value is written; where the document begins, where it is written nowhere. */
export function rangeOf(resource: Resource, pointer: string): Range {
  return originOf(resource, pointer).range ?? resource.range;
}

/** The value of a spec at a JSON pointer; undefined where there is none. */
export function valueAt(spec: JsonObject, pointer: string): unknown {
  let value: unknown = spec;
  // Asked for each condition of each field: not worth a list of parts.
  for (let start = 1; start > 0 && pointer !== ''; ) {
    if (typeof value !== 'object' || value === null) return undefined;
    const end = pointer.indexOf('/', start);
    const part = end < 0 ? pointer.slice(start) : pointer.slice(start, end);
    const key = part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part;
    value = (value as Record<string, unknown>)[key];
    start = end + 1;
  }
  return value;
}
