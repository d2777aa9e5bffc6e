// The types of the client: what every endpoint of the newest version takes and answers, from the API facts.
import { corrected } from './api-facts/corrections.mjs';
import { withHistory } from './api-facts/history.mjs';

const banner = '// Written by `npm run gen`; changes here are lost.\n';

// Endpoints whose parameters depend on each other in a way that the facts do not hold.
const OPEN = new Set(['POST /cluster/ha/rules', 'PUT /cluster/ha/rules/{rule}']);

const quote = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const nameOf = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : quote(name));
const isNumbered = (name) => name.endsWith('[n]');

/** `name?: T | undefined`, and for `net[n]` an index signature. */
function member(name, type, isOptional) {
  const stem = name.slice(0, -3);
  if (isNumbered(name)) return `readonly [key: \`${stem}\${number}\`]: ${type} | undefined;`;
  return isOptional ? `readonly ${nameOf(name)}?: ${type} | undefined;` : `readonly ${nameOf(name)}: ${type};`;
}

function choices(schema) {
  const isText = schema.type === undefined || schema.type === 'string';
  return schema.enum.map((value) => (isText ? quote(value) : value)).join(' | ');
}

/** What is sent. */
function parameterType({ type, format, items, ...fact }) {
  // Of a list, the values are each one of the choices.
  if (fact.enum !== undefined && !/-list$/.test(format ?? '')) return choices({ type, ...fact });
  if (type === 'boolean') return 'Flag';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return `readonly (${parameterType(items ?? {})})[]`;
  if (type === 'object') return 'Readonly<Record<string, Json>>';
  return 'string';
}

/** What is answered. */
function resultType(schema, indent) {
  if (schema.union !== undefined) return schema.union.map((one) => resultType(one, indent)).join(' | ');
  if (schema.enum !== undefined && schema.type !== 'boolean') return choices(schema);
  switch (
    schema.type ??
    (schema.properties !== undefined ? 'object' : schema.items !== undefined ? 'array' : undefined)
  ) {
    case 'boolean':
      return 'Bit';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'null':
      return 'null';
    case 'array': {
      const items = resultType(schema.items ?? {}, indent);
      return (items.includes('|') && !items.startsWith('{')) || items.startsWith('readonly')
        ? `readonly (${items})[]`
        : `readonly ${items}[]`;
    }
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function objectType({ properties = {}, additionalProperties }, indent) {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const note = schema.default === undefined ? '' : `/** Default: ${code(schema.default)}. */ `;
    return `${inner}${note}${member(name, resultType(schema, inner), schema.optional === 1)}`;
  });
  const isOpen = typeof additionalProperties === 'object' || additionalProperties === 1;
  if (isOpen || lines.length === 0) lines.push(`${inner}readonly [key: string]: unknown;`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

const code = (value) => `\`${String(value).replaceAll('`', "'").replaceAll('*/', '* /')}\``;

function bounds({ minimum, maximum, minLength, maxLength }) {
  const text = (from, to, unit) => {
    if (from !== undefined && to !== undefined) return [`${from} to ${to}${unit}`];
    if (from !== undefined) return [`At least ${from}${unit}`];
    return to === undefined ? [] : [`At most ${to}${unit}`];
  };
  return [...text(minimum, maximum, ''), ...text(minLength, maxLength, ' characters')];
}

function notesOn({ fact, since }) {
  const format = fact.format ?? fact.items?.format;
  return [
    ...(format === undefined ? [] : [`Format ${code(format)}`]),
    ...bounds(fact),
    ...(fact.default === undefined ? [] : [`Default: ${code(fact.default === '' ? "''" : fact.default)}`]),
    ...(fact.requires === undefined ? [] : [`Only with ${code(fact.requires)}`]),
    ...(since === undefined ? [] : [`Since ${since}`]),
  ].map((note) => `${note}.`);
}

/** The privileges, where they are a plain list on one path. */
function needs(check) {
  if (!Array.isArray(check) || check[0] !== 'perm' || !Array.isArray(check[2])) return [];
  const isAny = check.indexOf('any') === 3;
  return check[2].length === 0 ? [] : [`Needs ${check[2].join(isAny ? ' or ' : ' and ')} on ${code(check[1])}.`];
}

function parameterLine(parameter, indent) {
  const notes = notesOn(parameter);
  const { name, fact } = parameter;
  const note = notes.length === 0 ? '' : `${indent}/** ${notes.join(' ')} */\n`;
  return `${note}${indent}${member(name, parameterType(fact), fact.optional === 1)}`;
}

/** The names in a path, in their order. */
function pathNames(path) {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
}

/** The parameters that are not part of the path. */
export function ownParameters({ path, parameters }) {
  const inPath = new Set(pathNames(path));
  return parameters.filter(({ name }) => !inPath.has(name));
}

function optionsType(endpoint) {
  const inPath = pathNames(endpoint.path);
  const lines = [];
  if (inPath.length > 0) {
    const values = inPath.map((name) => {
      const fact = endpoint.parameters.find((parameter) => parameter.name === name)?.fact ?? {};
      const isNumber = fact.type === 'integer' || fact.type === 'number';
      const type = isNumber ? 'NumberText' : fact.enum === undefined ? 'string' : choices(fact);
      return `readonly ${nameOf(name)}: ${type}`;
    });
    lines.push(`      readonly path: { ${values.join('; ')} };`);
  }
  const name = endpoint.method === 'GET' ? 'query' : 'params';
  const own = ownParameters(endpoint);
  if (OPEN.has(`${endpoint.method} ${endpoint.path}`)) {
    lines.push(`      readonly ${name}: Readonly<Record<string, Json | undefined>>;`);
  } else if (own.length > 0) {
    const isOptional = own.every(({ name, fact }) => fact.optional === 1 || isNumbered(name));
    const mark = isOptional ? '?' : '';
    const body = own.map((parameter) => parameterLine(parameter, '        ')).join('\n');
    lines.push(`      readonly ${name}${mark}: {\n${body}\n      }${isOptional ? ' | undefined' : ''};`);
  }
  return lines.length === 0 ? 'Nothing' : `{\n${lines.join('\n')}\n    }`;
}

function endpointType(endpoint, result) {
  const notes = [
    ...(endpoint.since === undefined ? [] : [`Since ${endpoint.since}.`]),
    ...needs(endpoint.permissions?.check),
    ...(endpoint.allowtoken === 0 ? ['Not with an API token.'] : []),
    ...endpoint.gone.map(({ name, until }) => `\`${name}\` until ${until}.`),
  ];
  const note = notes.length === 0 ? '' : `  /** ${notes.join(' ')} */\n`;
  return `${note}  readonly '${endpoint.path}': {
    readonly options: ${optionsType(endpoint)};
    readonly result: ${resultType(result, '    ')};
  };`;
}

const wire = `${banner}/** A boolean that is sent. */
export type Flag = boolean | 0 | 1;

/** A boolean of an answer. */
export type Bit = 0 | 1;

/** A whole number in a path. */
export type NumberText = number | \`\${number}\`;

/** What an endpoint takes that has no parameters. */
export type Nothing = Readonly<Record<never, never>>;
`;

function methodModule(method, endpoints, results) {
  const title = `${method[0]}${method.slice(1).toLowerCase()}`;
  const body = endpoints
    .filter((endpoint) => endpoint.method === method)
    .map((endpoint) => endpointType(endpoint, results[`${method} ${endpoint.path}`]))
    .join('\n');
  const imports = ['Bit', 'Flag', 'Nothing', 'NumberText'].filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const json = /\bJson\b/.test(body) ? `import type { Json } from '../../core/json.ts';\n` : '';
  return `${banner}${json}import type { ${imports.join(', ')} } from './wire.ts';

/** What \`${method}\` takes and answers, by path. */
export interface ${title}Endpoints {
${body}
}
`;
}

/** The modules of the types by file name, from the facts of all versions (oldest first) and the newest one's results. */
export function apiTypes(facts, { version, results }) {
  if (facts.at(-1).version !== version) throw new Error(`the results are of ${version}, not of the newest version`);
  const endpoints = withHistory(facts);
  const { results: truthful } = corrected(results);
  return {
    'wire.ts': wire,
    'get.ts': methodModule('GET', endpoints, truthful),
    'post.ts': methodModule('POST', endpoints, truthful),
    'put.ts': methodModule('PUT', endpoints, truthful),
    'delete.ts': methodModule('DELETE', endpoints, truthful),
  };
}
