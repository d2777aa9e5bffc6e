import type { Diagnostic } from '../core/diagnostic.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Change } from '../core/plan.ts';
import type { Resource } from '../core/resource.ts';
import type { ExportedObject, Inexpressible } from '../kinds/exported.ts';
import type { Kind, PlanContext } from '../kinds/kind.ts';
import { compare } from './compare.ts';

/** Reads a document as the commands do that plan: its schema, its project's defaults, the rules between its fields. */
export type ResolveDocument = (document: JsonObject) => Promise<{
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}>;

/** Something in a document's way to an empty plan. */
interface Obstacle {
  readonly path: readonly string[];
  readonly why: string;
  /** Whether a value differs that the document does not say: the project's defaults do. */
  readonly differs: boolean;
}

function errorsIn(diagnostics: readonly Diagnostic[]): readonly Obstacle[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ pointer = '', summary, detail }) => ({
      path: pointer.split('/').slice(1),
      why: detail === '' ? summary : detail,
      differs: false,
    }));
}

function differencesIn(changes: readonly Change[]): readonly Obstacle[] {
  return changes
    .filter(({ state }) => state === 'change')
    .map(({ path, before, after }) => ({
      path: path.split('.'),
      why: `Written, it would change from ${JSON.stringify(before)} to ${JSON.stringify(after)}.`,
      differs: true,
    }));
}

async function obstaclesOf(
  kind: Kind,
  document: JsonObject,
  resolve: ResolveDocument,
  context: PlanContext,
): Promise<readonly Obstacle[]> {
  const { resources, diagnostics } = await resolve(document);
  const [resource] = resources;
  const wrong = errorsIn(diagnostics);
  if (wrong.length > 0 || resource === undefined) return wrong;
  const observation = (await kind.observe([resource], { ...context, resources })).get(resource.address);
  if (observation?.live === undefined) return errorsIn(observation?.diagnostics ?? []);
  const changes = compare(observation.desired, observation.live, kind.decode);
  const review = await kind.review(resource, observation, changes, { ...context, resources });
  return [...errorsIn([...observation.diagnostics, ...review]), ...differencesIn(changes)];
}

function withoutKey(map: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}

function isIgnored({ ignore }: JsonObject, path: string): boolean {
  return Array.isArray(ignore) && ignore.includes(path);
}

/** Whether a document says a value at a path. */
function says(document: JsonObject, path: readonly string[]): boolean {
  let value: Json | undefined = document;
  for (const part of path) value = isObject(value) ? (value[part] as Json) : undefined;
  return value !== undefined;
}

/** A document without the value at a path, or else without what is nearest above it; nothing of a list stays. */
function without(document: JsonObject, path: readonly string[]): { document: JsonObject; removed: string } | undefined {
  const [part = '', ...rest] = path;
  if (!Object.hasOwn(document, part)) return undefined;
  const child = document[part] as Json;
  const below = isObject(child) && rest.length > 0 ? without(child as JsonObject, rest) : undefined;
  if (below !== undefined)
    return { document: { ...document, [part]: below.document }, removed: `${part}.${below.removed}` };
  return { document: withoutKey(document, part), removed: part };
}

// Each round takes at least one thing away, and what goes together goes in one round.
const MAX_ROUNDS = 40;
const IDENTITY: ReadonlySet<string> = new Set(['kind', 'name', 'node', 'vmid', 'defaults']);

/**
 * Takes from a document what keeps it from planning empty, by planning it: values that the schema does not take, that
 * break a rule between fields, or that would be changed. What only the project's defaults say is named in `ignore`. The
 * object comes back with what it lost, and with what is left in the way.
 */
export async function settleDocument(
  kind: Kind,
  exported: ExportedObject,
  resolve: ResolveDocument,
  context: PlanContext,
): Promise<{ readonly exported: ExportedObject; readonly obstacles: readonly string[] }> {
  let { document } = exported;
  const lost: Inexpressible[] = [...exported.inexpressible];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const obstacles = await obstaclesOf(kind, document, resolve, context);
    const before = document;
    const ignored: string[] = [];
    const gone: string[] = [];
    for (const { path, why, differs } of obstacles) {
      const said = path.join('.');
      // Of one value, or of one and what it is part of, there may be several things to say.
      if (IDENTITY.has(path[0] ?? '') || gone.some((other) => said === other || said.startsWith(`${other}.`))) continue;
      const ignorable = differs && path.every((part) => /^[\w-]+$/.test(part));
      if (ignorable && !says(document, path) && !isIgnored(document, said)) {
        ignored.push(said);
        continue;
      }
      const next = without(document, path);
      if (next === undefined) continue;
      const group = path[0] ?? '';
      const left = next.document[group];
      // A group that nothing is left of says nothing; a device in it may be all that it says.
      document = isObject(left) && Object.keys(left).length === 0 ? withoutKey(next.document, group) : next.document;
      gone.push(next.removed, said);
      lost.push({ what: next.removed, why });
    }
    const known = (document['ignore'] ?? []) as readonly string[];
    const ignore = [...new Set([...known, ...ignored])];
    if (ignore.length > known.length) document = { ...document, ignore };
    if (document === before)
      return { exported: { ...exported, document, inexpressible: lost }, obstacles: obstacles.map(({ why }) => why) };
  }
  return { exported: { ...exported, document, inexpressible: lost }, obstacles: ['It does not come to an end.'] };
}
