import { redactAnywhere } from '../core/redact.ts';
import type { Io, OutputStream } from './io.ts';

// The texts of a JSON document, and its keys with their colon.
const JSON_TEXT = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

function cleanJson(text: string, secrets: ReadonlySet<string>): string {
  return text.replace(JSON_TEXT, (literal, colon: string | undefined) => {
    if (colon !== undefined) return literal;
    const value = JSON.parse(literal) as string;
    const clean = redactAnywhere(value, secrets);
    return clean === value ? literal : JSON.stringify(clean);
  });
}

function isJson(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function guardStream(stream: OutputStream, secrets: ReadonlySet<string>): OutputStream {
  return {
    write: (text) => {
      if (secrets.size === 0) return stream.write(text);
      return stream.write(isJson(text) ? cleanJson(text, secrets) : redactAnywhere(text, secrets));
    },
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}

/** The world around a run, with streams that write no secret which `hide` was told of. */
export function guardIo(io: Io): Io {
  const secrets = new Set<string>();
  return {
    stdout: guardStream(io.stdout, secrets),
    stderr: guardStream(io.stderr, secrets),
    // Looking at standard input opens it.
    get stdin() {
      return io.stdin;
    },
    env: io.env,
    cwd: io.cwd,
    ...(io.signals === undefined ? {} : { signals: io.signals }),
    hide: (secret) => void secrets.add(secret),
  };
}
