import type { SchemaNode } from './schemas.d.mts';

/** An example of a field: the part of a document that holds it, and its YAML. */
export interface FieldExample {
  readonly part: Readonly<Record<string, unknown>>;
  readonly yaml: string;
}

export declare function examplesOf(schema: SchemaNode): ReadonlyMap<string, readonly FieldExample[]>;

/** The nodes of a schema by path, as fields are named. */
export declare function nodesOf(schema: SchemaNode): ReadonlyMap<string, SchemaNode>;
