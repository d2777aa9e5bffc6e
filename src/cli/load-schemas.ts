import { schemas, validators } from '../generated/schemas.ts';
import type { SchemaNode, SchemasByKind } from '../spec/schema-node.ts';

/** The schemas of all kinds. */
export async function loadSchemas(): Promise<SchemasByKind> {
  const loaded: Record<string, SchemaNode> = {};
  // The generator checked every schema against the meta-schema.
  for (const kind of Object.keys(validators)) loaded[kind] = ((await schemas[kind]?.()) ?? {}) as SchemaNode;
  return loaded;
}
