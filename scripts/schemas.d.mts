/** A node of a JSON Schema, as it was parsed. */
export type SchemaNode = Readonly<Record<string, unknown>>;

export declare function loadSchemas(folder: string): Map<string, SchemaNode>;
export declare function createAjv(folder: string, options?: object): { compile(schema: object): unknown };
export declare function resolveNode(schema: SchemaNode, node: SchemaNode): SchemaNode;
export declare function fieldsOf(
  schema: SchemaNode,
): readonly { readonly path: string; readonly description: string }[];
