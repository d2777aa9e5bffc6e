import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { specs } from './generated-specs.ts';

/** A document with variables, bases and instances, and the spec that each of its instances comes to. */
export interface Template {
  /** `vm.yaml`, its bases, and `values.yaml` for `--var-file`. */
  readonly files: Readonly<Record<string, string>>;
  readonly variables: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string>>;
  /** The spec of every instance, without kind and name. */
  readonly spec: JsonObject;
  /** How many instances there are; they are called `w-1` and so on. */
  readonly count: number;
}

type Spec = Record<string, Json>;
type Pick = (bound: number) => number;

const isMap = (value: Json | undefined): value is Spec =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const yaml = (value: Spec): string => stringify(value, { aliasDuplicateObjects: false });

/** Where a template's values are taken from. */
interface Sources {
  readonly vars: Spec;
  readonly fileVars: Spec;
  readonly given: Map<string, string>;
  readonly env: Record<string, string>;
}

/** A value as one placeholder, or a text around one, by which it is what it was. */
function hide(value: Json, sources: Sources, pick: Pick): Json {
  const name = `v${Object.keys(sources.vars).length + Object.keys(sources.fileVars).length + sources.given.size + Object.keys(sources.env).length}`;
  const kind = pick(6);
  if (typeof value === 'string' && /^[A-Za-z][\w.-]*$/.test(value) && !/^(true|false|null)$/.test(value)) {
    if (kind === 0) {
      sources.env[name] = value;
      return `\${env.${name}}`;
    }
    if (kind === 1) return `\${env.NOT_SET:-${value}}`;
    if (kind === 2) {
      sources.vars[name] = value.slice(1);
      return `${value.slice(0, 1)}\${var.${name}}`;
    }
  }
  const isGiven = (typeof value === 'number' && Number.isInteger(value)) || typeof value === 'boolean';
  if (kind < 4 && isGiven) {
    sources.given.set(name, String(value));
    // What the command line says wins.
    sources.vars[name] = 'not this';
    return `\${var.${name}}`;
  }
  (kind < 5 ? sources.fileVars : sources.vars)[name] = value;
  return `\${var.${name}}`;
}

function withPlaceholders(value: Json, sources: Sources, pick: Pick): Json {
  if (isMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, withPlaceholders(child, sources, pick)]),
    );
  // null says that something is taken away, and is no value to hand on.
  return value === null || pick(3) > 0 ? value : hide(value, sources, pick);
}

/** Divides a spec among a base and what extends it, map by map. */
function divide(spec: Spec, pick: Pick): readonly [base: Spec, own: Spec] {
  const base: Spec = {};
  const own: Spec = {};
  for (const [key, value] of Object.entries(spec)) {
    const to = pick(3);
    if (to === 0) base[key] = value;
    else if (to === 1) own[key] = value;
    else if (isMap(value) && Object.keys(value).length > 0) [base[key], own[key]] = divide(value, pick);
    else {
      // What the base says is overruled.
      if (!isMap(value)) base[key] = typeof value === 'boolean' ? !value : value;
      own[key] = value;
    }
  }
  return [base, own];
}

function makeTemplate(spec: JsonObject, numbers: fc.Stream<number>): Template {
  const pick: Pick = (bound) => (numbers.next().value ?? 0) % bound;
  const sources: Sources = { vars: {}, fileVars: {}, given: new Map(), env: {} };
  const hidden = withPlaceholders(spec, sources, pick) as Spec;
  const [below, own] = divide(hidden, pick);
  const [root, middle] = divide(below, pick);
  const count = 1 + pick(3);
  const vars = Object.keys(sources.vars).length === 0 ? {} : { vars: sources.vars };
  const repeated = pick(2) === 0 ? { instances: count } : { each: Array.from({ length: count }, () => ({ a: 1 })) };
  const document = { kind: 'vm', name: 'w-${index}', extends: './bases/middle.yaml', ...repeated, ...vars, ...own };
  return {
    files: {
      'vm.yaml': yaml(document as Spec),
      'bases/middle.yaml': yaml({ extends: '../root.yaml', ...middle }),
      'root.yaml': yaml({ kind: 'vm', ...root }),
      'values.yaml': yaml({ unused: 1, ...sources.fileVars }),
    },
    variables: sources.given,
    env: sources.env,
    spec,
    count,
  };
}

/** Documents over all fields of the schema with variables of every source, two bases and instances. */
export const templates: fc.Arbitrary<Template> = fc
  .tuple(specs, fc.infiniteStream(fc.nat(1_000_000)))
  .map(([spec, numbers]) => makeTemplate(spec, numbers));
