// The facts of one version, from its endpoints as the API viewer has them and from named formats.

/** What is kept of an endpoint, of a parameter or sub-key, and of a result, in the order in which it is written. */
export const ENDPOINT_KEYS = [
  'path',
  'method',
  'name',
  'protected',
  'proxyto',
  'allowtoken',
  'permissions',
  'parameters',
  'returns',
];
export const FACT_KEYS = [
  'type',
  'default_key',
  'optional',
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'alias',
  'keyAlias',
  'requires',
  'items',
];
const NUMBER_KEYS = new Set(['minimum', 'maximum', 'minLength', 'maxLength']);
const FLAG_KEYS = new Set(['optional', 'default_key']);
const NUMERIC_TYPES = new Set(['integer', 'number', 'boolean']);

function numberOf(value, where) {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`${where}: '${value}' is no number`);
  return number;
}

/** The default; undefined where it is described in words. */
function defaultOf(value, type) {
  if (typeof value !== 'string') return value;
  if (!NUMERIC_TYPES.has(type)) return /\s/.test(value) ? undefined : value;
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** An object with its keys sorted by code unit, so that the same facts give the same bytes. */
function mapSorted(object, map) {
  const keys = Object.keys(object).sort();
  return Object.fromEntries(keys.map((key) => [key, map(object[key], key)]));
}

/** `qemu` for a guest's parameters, otherwise the last fixed part of the path. */
function ownerOf(path) {
  const parts = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  return parts.find((part) => part === 'qemu' || part === 'lxc') ?? parts.at(-1) ?? 'root';
}

function permissionsOf({ user, check }) {
  return { ...(user === undefined ? {} : { user }), ...(check === undefined ? {} : { check }) };
}

const byPath = (one, other) =>
  one.path === other.path ? (one.method < other.method ? -1 : 1) : one.path < other.path ? -1 : 1;

/**
 * The facts of a version: `{version, formats, endpoints}`, endpoints sorted by path and method. `namedFormats` are those
 * that the endpoints name; a format given in place gets a name of its own.
 */
export function factsOf(version, sources, namedFormats) {
  const formats = new Map();
  const baseOf = (name) => (Object.hasOwn(namedFormats, name) ? name : name.replace(/-(?:list|alist|opt)$/, ''));

  // The names that the source itself gives: they are not for formats given in place.
  const reserved = new Set();
  const reserve = (value) => {
    if (typeof value !== 'object' || value === null) return;
    if (typeof value.format === 'string' && !reserved.has(baseOf(value.format))) {
      reserved.add(baseOf(value.format));
      reserve(namedFormats[baseOf(value.format)]);
    }
    for (const part of Object.values(value)) reserve(part);
  };
  for (const { parameters } of sources) reserve(parameters);

  /** The name under which a format given in place is written; the same sub-keys always get the same name. */
  const nameInline = (format, wantedName) => {
    const content = propertyFormat(format, wantedName);
    const text = JSON.stringify(content);
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? wantedName : `${wantedName}-${number}`;
      if (reserved.has(name)) keepNamed(name);
      const known = formats.get(name);
      if (known !== undefined && JSON.stringify(known) !== text) continue;
      formats.set(name, content);
      return name;
    }
  };

  /** Keeps the named format, and what it names in turn. `…-list`, `…-opt`, `…-alist` are of the format before the dash. */
  const keepNamed = (name) => {
    const base = baseOf(name);
    if (formats.has(base)) return;
    const given = namedFormats[base] ?? 'validator';
    formats.set(base, 'validator');
    if (given !== 'validator') formats.set(base, propertyFormat(given, base));
  };

  const nameOf = (format, inlineName) => {
    if (typeof format === 'object') return nameInline(format, inlineName);
    keepNamed(format);
    return format;
  };

  const fact = (source, inlineName) => {
    const result = {};
    for (const key of FACT_KEYS) {
      // What depends on the host where the data was read (`enum` of the compressions there) is null.
      const value = source[key] ?? undefined;
      if (value === undefined) continue;
      if (FLAG_KEYS.has(key)) {
        if (Number(value) === 1) result[key] = 1;
      } else if (NUMBER_KEYS.has(key)) result[key] = numberOf(value, `${inlineName}.${key}`);
      else if (key === 'default') {
        const byDefault = defaultOf(value, source.type);
        if (byDefault !== undefined) result[key] = byDefault;
      } else if (key === 'enum') result[key] = value.map(String);
      else if (key === 'format') result[key] = nameOf(value, inlineName);
      else if (key === 'items') result[key] = fact(value, `${inlineName}-item`);
      else result[key] = value;
    }
    return result;
  };

  const propertyFormat = (source, name) => mapSorted(source, (property, key) => fact(property, `${name}-${key}`));

  const endpoint = (source) => {
    const owner = ownerOf(source.path);
    return {
      path: source.path,
      method: source.method,
      name: source.name,
      ...(Number(source.protected ?? 0) === 1 ? { protected: 1 } : {}),
      ...(source.proxyto === undefined ? {} : { proxyto: source.proxyto }),
      ...(source.allowtoken === undefined ? {} : { allowtoken: Number(source.allowtoken) }),
      ...(source.permissions === undefined ? {} : { permissions: permissionsOf(source.permissions) }),
      parameters: mapSorted(source.parameters ?? {}, (parameter, key) =>
        fact(parameter, `${owner}-${key.replace('[n]', '')}`),
      ),
      returns: source.returns?.type ?? 'null',
    };
  };

  const endpoints = sources.toSorted(byPath).map(endpoint);
  return { version, formats: mapSorted(Object.fromEntries(formats), (format) => format), endpoints };
}

const RESULT_KEYS = ['type', 'optional', 'default', 'enum', 'format', 'additionalProperties', 'properties', 'items'];

function resultSchema(source) {
  const result = {};
  for (const key of RESULT_KEYS) {
    const value = source[key] ?? undefined;
    if (value === undefined) continue;
    if (key === 'optional') {
      if (Number(value) === 1) result[key] = 1;
    } else if (key === 'enum') result[key] = value.map(String);
    else if (key === 'properties') result[key] = mapSorted(value, resultSchema);
    else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object'))
      result[key] = resultSchema(value);
    else if (key === 'additionalProperties') result[key] = Number(value);
    else if (key === 'default') {
      const byDefault = defaultOf(value, source.type);
      if (byDefault !== undefined) result[key] = byDefault;
    } else if (key !== 'format' || typeof value === 'string') result[key] = value;
  }
  return result;
}

/** What each endpoint answers, by `GET /path`. A format given in place is left out: such a value is a string. */
export function resultsOf(sources) {
  return Object.fromEntries(
    sources
      .toSorted(byPath)
      .map(({ method, path, returns }) => [`${method} ${path}`, resultSchema(returns ?? { type: 'null' })]),
  );
}
