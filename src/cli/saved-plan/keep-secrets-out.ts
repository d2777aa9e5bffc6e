import { PvevmError } from '../../core/error.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { Plan, ResourcePlan } from '../../core/plan.ts';
import { redact } from '../../core/redact.ts';
import type { Resource } from '../../core/resource.ts';
import { sanitizeLine } from '../../core/sanitize.ts';

// A shorter one may be a word of any text: a password `ubuntu` beside a user of that name gives nothing away.
const LEAST_LENGTH = 8;

function mapTexts(value: Json, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item as Json, map)]));
}

function holds(value: unknown, secrets: readonly string[]): boolean {
  if (typeof value === 'string') return secrets.some((secret) => value.includes(secret));
  return typeof value === 'object' && value !== null && Object.values(value).some((item) => holds(item, secrets));
}

/** Where the requests of a resource hold a secret, as in `vm/web-01: description`. */
function placesIn({ address, steps }: ResourcePlan, secrets: readonly string[]): readonly string[] {
  return steps.flatMap(({ request }) =>
    Object.entries(request?.params ?? {}).flatMap(([key, value]) =>
      holds(value, secrets) ? [sanitizeLine(`${address}: ${key}`)] : [],
    ),
  );
}

/**
 * A plan as it may stand in a file: what it only shows is without the documents' secrets, and without what looks like a
 * token. Throws `CONFIG` where a request would send a secret in a field that is not meant for one, as a description that
 * repeats a password: the file would hold it in clear.
 */
export function keepSecretsOut(plan: Plan, resources: readonly Resource[]): Plan {
  const all = resources.flatMap((resource) => [...(resource.secrets?.values() ?? [])]);
  const secrets = [...new Set(all)].filter((secret) => secret.length >= LEAST_LENGTH);
  const places = plan.resources.flatMap((resource) => placesIn(resource, secrets));
  if (places.length > 0) {
    throw new PvevmError('CONFIG', 'cannot save the plan: the file would hold a secret in clear', {
      details: [...new Set(places)],
      hints: [
        'It stands in a field that is not meant for secrets: take it out of there.',
        'Or run pvevm apply, which writes no file.',
      ],
    });
  }
  const shown = (text: string): string => redact(text, secrets);
  const parts = plan.resources.map(({ steps, ...resource }) => ({
    ...(mapTexts(resource as unknown as Json, shown) as unknown as Omit<ResourcePlan, 'steps'>),
    // What is sent, and what has to be so before, are taken as they are.
    steps,
  }));
  const { resources: _, ...rest } = plan;
  return { ...(mapTexts(rest as unknown as Json, shown) as unknown as Omit<Plan, 'resources'>), resources: parts };
}
