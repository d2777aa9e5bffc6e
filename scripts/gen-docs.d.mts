import type { SchemaNode } from './schemas.d.mts';

export declare function specPage(schemas: ReadonlyMap<string, SchemaNode>): string;
