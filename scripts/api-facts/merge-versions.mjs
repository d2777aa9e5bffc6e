// The facts of several versions as one value, in which what is equal in several versions is written once.
import { ENDPOINT_KEYS, FACT_KEYS } from './facts-of.mjs';

// How the parts of a shape are merged; a part that is not named here is one value, equal or not.
const FACT = { keys: FACT_KEYS, part: (key) => (key === 'items' ? FACT : undefined) };
const FACTS = { part: () => FACT };
const ENDPOINT = { keys: ENDPOINT_KEYS, part: (key) => (key === 'parameters' ? FACTS : undefined) };

/** `8.4-` since, `-8.4` until, `8.4-9.1` from and to; several runs stand with commas. */
function rangeOf(indexes, versions) {
  const runs = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run?.last === index - 1) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs
    .map(({ first, last }) => {
      const since = first === 0 ? '' : versions[first];
      const until = last === versions.length - 1 ? '' : versions[last];
      return since !== '' && since === until ? since : `${since}-${until}`;
    })
    .join(',');
}

function keysOf(objects, order) {
  const keys = new Set(objects.flatMap((object) => Object.keys(object)));
  return order === undefined ? [...keys].sort() : order.filter((key) => keys.has(key));
}

function groupEqual(values, indexes) {
  const groups = new Map();
  for (const index of indexes) {
    const text = JSON.stringify(values[index]);
    const group = groups.get(text) ?? { value: values[index], indexes: [] };
    group.indexes.push(index);
    groups.set(text, group);
  }
  return [...groups.values()];
}

/**
 * Merges what the versions in `scope` (indexes) have, undefined for nothing. A value that not all of them share is
 * written as an object from `@RANGE` to value.
 */
function merge(values, scope, versions, shape) {
  const present = scope.filter((index) => values[index] !== undefined);
  const ranged = (indexes, value) =>
    indexes.length === scope.length ? value : { [`@${rangeOf(indexes, versions)}`]: value };
  const groups = groupEqual(values, present);
  if (groups.length === 1) return ranged(present, groups[0].value);
  if (shape !== undefined && groups.every(({ value }) => typeof value === 'object')) {
    const objects = groups.map(({ value }) => value);
    const merged = keysOf(objects, shape.keys).map((key) => [
      key,
      merge(
        values.map((value) => value?.[key]),
        present,
        versions,
        shape.part(key),
      ),
    ]);
    return ranged(present, Object.fromEntries(merged));
  }
  return Object.fromEntries(groups.map(({ indexes, value }) => [`@${rangeOf(indexes, versions)}`, value]));
}

function mergeNamed(named, versions, shape) {
  const all = versions.map((_version, index) => index);
  const names = keysOf(named);
  return names.map((name) => [
    name,
    merge(
      named.map((one) => one[name]),
      all,
      versions,
      shape,
    ),
  ]);
}

/** Versions in the order in which they came out. */
export function byVersion(one, other) {
  const [major, minor] = one.split('.').map(Number);
  const [otherMajor, otherMinor] = other.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}

/** One format and one endpoint a line, so that a difference between versions can be read. */
export function renderFacts(facts) {
  const sorted = facts.toSorted((one, other) => byVersion(one.version, other.version));
  const versions = sorted.map(({ version }) => version);
  const formatsOf = Object.fromEntries(
    sorted.filter((one) => one.formatsOf !== undefined).map((one) => [one.version, one.formatsOf]),
  );
  const formats = mergeNamed(
    sorted.map((one) => one.formats),
    versions,
    FACTS,
  );
  const endpoints = mergeNamed(
    // A character below all others between the two, so that the order is that of the paths.
    sorted.map((one) => Object.fromEntries(one.endpoints.map((end) => [`${end.path}\u0000${end.method}`, end]))),
    versions,
    ENDPOINT,
  );
  const formatLines = formats.map(([name, format]) => `${JSON.stringify(name)}:${JSON.stringify(format)}`);
  const endpointLines = endpoints.map(([, endpoint]) => JSON.stringify(endpoint));
  const head = `{"versions":${JSON.stringify(versions)},"formatsOf":${JSON.stringify(formatsOf)}`;
  return `${head},"formats":{\n${formatLines.join(',\n')}\n},"endpoints":[\n${endpointLines.join(',\n')}\n]}\n`;
}
