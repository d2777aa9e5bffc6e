import type { ApiFacts } from './facts.ts';

/**
 * The facts of several versions in one, as scripts/gen-api-facts.mjs writes them: what does not hold for all versions
 * stands in an object from `@RANGE` to value. `8.4-` is since, `-8.4` until, `8.4-9.1` from and to, `9.1` that one alone.
 */
export interface StoredFacts {
  /** Oldest first. */
  readonly versions: readonly string[];
  /** By version, the version whose named formats stand in for its own. */
  readonly formatsOf: Readonly<Record<string, string>>;
  readonly formats: Readonly<Record<string, unknown>>;
  readonly endpoints: readonly unknown[];
}

/** The facts of one of the stored versions. Throws a `RangeError` for a version that is not among them. */
export function factsAt(stored: StoredFacts, version: string): ApiFacts {
  const { versions } = stored;
  const at = versions.indexOf(version);
  if (at < 0) throw new RangeError(`no API facts of Proxmox VE ${version}; there are ${versions.join(', ')}`);

  const holds = (ranges: string): boolean =>
    ranges.split(',').some((range) => {
      const [since = '', until = since] = range.split('-');
      return (since === '' || versions.indexOf(since) <= at) && (until === '' || at <= versions.indexOf(until));
    });

  const valueAt = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value);
    if (entries[0]?.[0].startsWith('@') === true) {
      return valueAt(entries.find(([ranges]) => holds(ranges.slice(1)))?.[1]);
    }
    const result: Record<string, unknown> = {};
    for (const [key, part] of entries) {
      const known = valueAt(part);
      if (known !== undefined) result[key] = known;
    }
    return result;
  };

  const formatsOf = stored.formatsOf[version];
  const facts = {
    version,
    ...(formatsOf === undefined ? {} : { formatsOf }),
    formats: valueAt(stored.formats),
    endpoints: stored.endpoints.map(valueAt).filter((endpoint) => endpoint !== undefined),
  };
  // scripts/gen-api-facts.mjs and its tests guarantee the shape.
  return facts as unknown as ApiFacts;
}
