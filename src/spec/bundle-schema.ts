import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { schemas } from '../generated/schemas.ts';

const REFERENCE = /^([a-z-]+)\.schema\.json(?:#(.*))?$/;

/** A schema's value with its references led elsewhere: those inside it below `home`, those to other files below theirs. */
function redirect(value: Json, home: string, used: Set<string>): Json {
  if (Array.isArray(value)) return value.map((item: Json) => redirect(item, home, used));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, child]) => {
      if (key !== '$ref' || typeof child !== 'string') return [key, redirect(child, home, used)];
      const [, name, pointer = ''] = REFERENCE.exec(child) ?? [];
      if (name === undefined) return [key, child.replace(/^#/, home)];
      used.add(name);
      return [key, `#/definitions/${name}${pointer}`];
    }),
  );
}

/**
 * The JSON Schema of a kind (`pvevm` for any document) in one piece: schemas that it refers to stand among its
 * definitions, for editors that follow no reference to another file.
 */
export async function bundleSchema(kind: string): Promise<JsonObject> {
  const load = async (name: string): Promise<JsonObject> => ((await schemas[name]?.()) ?? {}) as JsonObject;
  const used = new Set<string>();
  const whole = redirect(await load(kind), '#', used) as JsonObject;
  const definitions: Record<string, Json> = { ...(whole['definitions'] as JsonObject | undefined) };
  // The set grows while it is walked: a schema among the definitions may refer to others.
  for (const name of used) {
    const { $schema: _schema, $id: _id, ...rest } = await load(name);
    definitions[name] = redirect(rest, `#/definitions/${name}`, used);
  }
  return Object.keys(definitions).length === 0 ? whole : { ...whole, definitions };
}
