// The schemas that Ajv's standalone code holds as literals, reduced to what the code reads of them. They are made anew at every
// start, whatever of them is used: the names of a map's entries, the values of an enum, the types of a union.

const DECLARATION = /const (schema\d+) = (\{.*?\});/g;
const KEY = /\.(\w+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g;

/** The paths by which the code reads a literal, each as a list of keys. */
function pathsOf(code, name) {
  const reads = code.matchAll(new RegExp(`\\b${name}((?:${KEY.source})*)`, 'g'));
  return [...reads].map(([, path]) => [...path.matchAll(KEY)].map(([, word, index, text]) => word ?? index ?? text));
}

/** What of a schema stands at a path, in maps: of a map of entries, which entries there are. */
function pick(schema, path, into) {
  const [key, ...rest] = path;
  if (rest.length > 0) {
    if (typeof into[key] !== 'object') into[key] = {};
    pick(schema[key], rest, into[key]);
  } else if (key === 'properties') {
    into[key] = { ...Object.fromEntries(Object.keys(schema[key]).map((entry) => [entry, 0])), ...into[key] };
  } else into[key] = schema[key];
}

/** Ajv's standalone code with each literal reduced; one that is handed on as a whole stays as it is. */
export function withSmallLiterals(source) {
  const code = source.replace(DECLARATION, '');
  return source.replace(DECLARATION, (declaration, name, text) => {
    const paths = pathsOf(code, name);
    if (paths.some((path) => path.length === 0)) return declaration;
    const small = {};
    for (const path of paths) pick(JSON.parse(text), path, small);
    return `const ${name} = ${JSON.stringify(small)};`;
  });
}
