import type { SchemaNode } from './schemas.d.mts';

export declare function editorSchema(schemas: ReadonlyMap<string, SchemaNode>): SchemaNode;
