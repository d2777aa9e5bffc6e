import type { Json, JsonObject } from '../../src/core/json.ts';

/** Takes the place of chance: a number below a bound. */
export type Pick = (bound: number) => number;

const isPlain = (text: string): boolean => /^[A-Za-z][A-Za-z0-9_.-]*$/.test(text) && !/^(true|false|null)$/i.test(text);

function scalar(value: Json, pick: Pick): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (isPlain(value) && pick(2) === 0) return value;
  return /^[ -~]*$/.test(value) && !value.includes("'") && pick(2) === 0 ? `'${value}'` : JSON.stringify(value);
}

function flow(value: Json, pick: Pick): string {
  if (typeof value !== 'object' || value === null) return scalar(value, pick);
  const space = ' '.repeat(pick(2));
  if (Array.isArray(value)) return `[${space}${value.map((item: Json) => flow(item, pick)).join(',')}${space}]`;
  const pairs = Object.entries(value as JsonObject).map(([key, child]) => `${key}: ${flow(child, pick)}`);
  return `{${space}${pairs.join(', ')}${space}}`;
}

/**
 * A value as YAML, written in ways that people seldom use and YAML allows: keys with `?`, dashes on lines of their own,
 * any indentation, and comments everywhere, each with a number of its own.
 */
export function spell(value: JsonObject, pick: Pick): string {
  let comments = 0;
  const behind = (): string => {
    comments += 1;
    return pick(4) === 0 ? ` # comment ${comments}` : '';
  };
  const above = (column: number): string => {
    comments += 1;
    return pick(4) === 0 ? `${' '.repeat(column)}# comment ${comments}\n` : '';
  };

  /** The lines of a collection; the first one without its indentation where it stands behind something. */
  const write = (node: JsonObject | readonly Json[], column: number): string => {
    const start = ' '.repeat(column);
    const entries: readonly (readonly [string | undefined, Json])[] = Array.isArray(node)
      ? node.map((item: Json) => [undefined, item] as const)
      : Object.entries(node as JsonObject);
    return entries.map(([key, child]) => (pick(8) === 0 ? '\n' : '') + above(column) + one(key, child, start)).join('');
  };

  const one = (key: string | undefined, child: Json, start: string): string => {
    const column = start.length;
    const isOpen = typeof child === 'object' && child !== null && Object.keys(child).length > 0 && pick(3) > 0;
    // Behind a dash, what follows begins two columns further at least.
    const inner = column + (key === undefined ? 2 : 1) + pick(4);
    const explicit = key !== undefined && pick(3) === 0;
    const head =
      key === undefined ? `${start}-` : explicit ? `${start}? ${key}${behind()}\n${start}:` : `${start}${key}:`;
    if (!isOpen) {
      const alone = (key === undefined || explicit) && pick(4) === 0 && child !== null;
      return alone
        ? `${head}${behind()}\n${above(inner)}${' '.repeat(inner)}${flow(child, pick)}${behind()}\n`
        : `${head} ${flow(child, pick)}${behind()}\n`;
    }
    const nested = child as JsonObject | readonly Json[];
    // What follows a dash or a colon of its own on the same line sets the column of all that follows.
    if ((key === undefined || explicit) && pick(2) === 0) {
      const text = write(nested, column + 2).replace(/^\n+/, '');
      if (!text.trimStart().startsWith('#')) return `${head} ${text.trimStart()}`;
    }
    return `${head}${behind()}\n${write(nested, inner)}`;
  };
  return write(value, 0);
}
