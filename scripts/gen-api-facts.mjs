// Writes the API facts of one version of Proxmox VE: `npm run gen:api-facts -- FILE…`
//
// FILE is JSON: a list of endpoints, and optionally an object of named formats. Which is which is told by shape; the
// version comes from the name of the endpoints' file (`pve-9.2.json`).
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What is kept of a parameter or sub-key, in the order in which it is written. */
const FACT_KEYS = [
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

/** The formats that what is written names, and all named formats of the sources. */
const formats = new Map();
let givenFormats = {};

function fail(message) {
  throw new Error(`gen-api-facts: ${message}`);
}

function numberOf(value, where) {
  const number = Number(value);
  if (!Number.isFinite(number)) fail(`${where}: '${value}' is no number`);
  return number;
}

/** The default; undefined where it is described in words. */
function defaultOf(value, type) {
  if (typeof value !== 'string') return value;
  if (!NUMERIC_TYPES.has(type)) return /\s/.test(value) ? undefined : value;
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** The name under which a format given in place is written; the same sub-keys always get the same name. */
function nameInlineFormat(format, wantedName) {
  const content = propertyFormat(format, wantedName);
  const text = JSON.stringify(content);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wantedName : `${wantedName}-${number}`;
    const known = formats.get(name);
    if (known !== undefined && JSON.stringify(known) !== text) continue;
    formats.set(name, content);
    return name;
  }
}

/** Keeps the named format, and what it names in turn. `…-list`, `…-opt` and `…-alist` are lists of the format before the dash. */
function keepNamedFormat(name) {
  const base = Object.hasOwn(givenFormats, name) ? name : name.replace(/-(?:list|alist|opt)$/, '');
  if (formats.has(base)) return;
  const given = givenFormats[base] ?? 'validator';
  formats.set(base, 'validator');
  if (given !== 'validator') formats.set(base, propertyFormat(given, base));
}

function formatName(format, inlineName) {
  if (typeof format === 'object') return nameInlineFormat(format, inlineName);
  keepNamedFormat(format);
  return format;
}

function fact(source, inlineName) {
  const result = {};
  for (const key of FACT_KEYS) {
    const value = source[key];
    if (value === undefined || value === null) continue;
    if (FLAG_KEYS.has(key)) {
      if (Number(value) === 1) result[key] = 1;
    } else if (NUMBER_KEYS.has(key)) result[key] = numberOf(value, `${inlineName}.${key}`);
    else if (key === 'default') result[key] = defaultOf(value, source.type);
    else if (key === 'enum') result[key] = value.map(String);
    else if (key === 'format') result[key] = formatName(value, inlineName);
    else if (key === 'items') result[key] = fact(value, `${inlineName}-item`);
    else result[key] = value;
  }
  return result;
}

/** An object with its keys sorted by code unit, so that the same facts give the same bytes. */
function mapSorted(object, map) {
  const keys = Object.keys(object).sort();
  return Object.fromEntries(keys.map((key) => [key, map(object[key], key)]));
}

function propertyFormat(source, name) {
  return mapSorted(source, (property, key) => fact(property, `${name}-${key}`));
}

/** `qemu` for a guest's parameters, otherwise the last fixed part of the path. */
function ownerOf(path) {
  const parts = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  return parts.find((part) => part === 'qemu' || part === 'lxc') ?? parts.at(-1) ?? 'root';
}

function endpoint(source) {
  const owner = ownerOf(source.path);
  return {
    path: source.path,
    method: source.method,
    name: source.name,
    ...(Number(source.protected ?? 0) === 1 ? { protected: 1 } : {}),
    ...(source.proxyto === undefined ? {} : { proxyto: source.proxyto }),
    ...(source.allowtoken === undefined ? {} : { allowtoken: Number(source.allowtoken) }),
    ...(source.permissions === undefined ? {} : { permissions: permissions(source.permissions) }),
    parameters: mapSorted(source.parameters, (parameter, key) => fact(parameter, `${owner}-${key.replace('[n]', '')}`)),
    returns: source.returns?.type ?? 'null',
  };
}

function permissions({ user, check }) {
  return { ...(user === undefined ? {} : { user }), ...(check === undefined ? {} : { check }) };
}

/** One format and one endpoint a line, so that a difference between versions can be read. */
function render(version, endpoints) {
  const formatLines = [...formats.keys()]
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(formats.get(name))}`);
  const endpointLines = endpoints.map((one) => JSON.stringify(one));
  return `{"version":${JSON.stringify(version)},"formats":{\n${formatLines.join(',\n')}\n},"endpoints":[\n${endpointLines.join(',\n')}\n]}\n`;
}

const files = process.argv.slice(2);
let version;
let sources;
for (const file of files) {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  if (Array.isArray(content)) {
    version = /(\d+\.\d+)\.json$/.exec(basename(file))?.[1];
    sources = content;
  } else givenFormats = content;
}
if (sources === undefined)
  fail('give the file of the endpoints: npm run gen:api-facts -- pve-9.2.json [formats-9.2.json]');
if (version === undefined) fail('the name of the endpoints’ file must end in its version, as in pve-9.2.json');

const byPath = ({ path, method }, other) =>
  path === other.path ? (method < other.method ? -1 : 1) : path < other.path ? -1 : 1;
const endpoints = sources.toSorted(byPath).map(endpoint);
const target = new URL(`../src/pve/facts/pve-${version}.json`, import.meta.url);
writeFileSync(target, render(version, endpoints));
console.log(`src/pve/facts/pve-${version}.json: ${endpoints.length} endpoints, ${formats.size} formats`);
