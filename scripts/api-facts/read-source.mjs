// Reads the sources of the API facts: lists of endpoints, named formats, and the data of Proxmox VE's API viewer.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The version in a file's name, as in `pve-9.2.json` or `apidoc-9.3.js`; undefined where there is none. */
function versionInName(file) {
  return /(\d+\.\d+)(?=\.[a-z]+$)/.exec(basename(file))?.[1];
}

/** The end of the JSON value that begins at `start` with a bracket. */
function endOfJson(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      for (at += 1; text[at] !== '"' && at < text.length; at += 1) if (text[at] === '\\') at += 1;
    } else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new Error('the API viewer data ends too early');
}

// pve-manager serves `const apiSchema = [...]` and code after it, once `var pveapi = [...]`. Nothing of it is run.
const VIEWER_DATA = /\b(?:const|let|var)\s+(?:apiSchema|pveapi)\s*=\s*(?=\[)/;

function viewerTree(text) {
  const match = VIEWER_DATA.exec(text);
  if (match === null) return undefined;
  const start = match.index + match[0].length;
  return JSON.parse(text.slice(start, endOfJson(text, start)));
}

/**
 * The properties of a schema. Of a choice (`oneOf`, `anyOf`) each branch's are taken, as optional ones: which belong
 * together is not in the facts.
 */
function propertiesOf(schema = {}) {
  const properties = { ...schema.properties };
  for (const part of schema.allOf ?? []) Object.assign(properties, propertiesOf(part));
  for (const branch of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    for (const [name, property] of Object.entries(propertiesOf(branch)))
      properties[name] ??= { ...property, optional: 1 };
  }
  return properties;
}

/** The endpoints below the nodes of the viewer's tree, in one list. */
function flatten(nodes) {
  return nodes.flatMap(({ path, info = {}, children = [] }) => [
    ...Object.entries(info).map(([method, { parameters, ...rest }]) => ({
      ...rest,
      path,
      method,
      parameters: propertiesOf(parameters),
    })),
    ...flatten(children),
  ]);
}

/**
 * One source file: `{version, endpoints}` or `{version, formats}`. What it is is told by its content; its version comes
 * from its name, or is the one given here where its name has none.
 */
export function readSource(file, givenVersion) {
  const text = readFileSync(file, 'utf8');
  const tree = file.endsWith('.json') ? undefined : viewerTree(text);
  if (tree === undefined && !file.endsWith('.json')) throw new Error(`${file} holds no API viewer data`);
  const version = tree === undefined ? (versionInName(file) ?? givenVersion) : (givenVersion ?? versionInName(file));
  if (version === undefined) throw new Error(`${file}: its name does not end in its version; say --version 9.3`);
  if (!/^\d+\.\d+$/.test(version)) throw new Error(`'${version}' is no version such as 9.3`);
  if (tree !== undefined) return { version, endpoints: flatten(tree) };
  const content = JSON.parse(text);
  return Array.isArray(content) ? { version, endpoints: content } : { version, formats: content };
}
