import { redactAnywhere } from '../../core/redact.ts';
import { isGithubActions, withoutCommands } from '../ci/guard-commands.ts';
import type { Io, OutputStream } from '../io.ts';
import { cleanHtml, isHtml } from './clean-html.ts';
import { cleanXml, isXml } from './clean-xml.ts';

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
  if (!/^[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** How wide a stream is: as its terminal says, or else the environment. */
function columnsOf({ columns }: OutputStream, { COLUMNS: told }: Io['env']): number | undefined {
  return columns ?? (/^[1-9]\d{0,3}$/.test(told ?? '') ? Number(told) : undefined);
}

function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  if (secrets.size === 0) return text;
  if (isHtml(text)) return cleanHtml(text, (part) => redactAnywhere(part, secrets));
  if (isXml(text)) return cleanXml(text, (part) => redactAnywhere(part, secrets));
  return isJson(text) ? cleanJson(text, secrets) : redactAnywhere(text, secrets);
}

function guardStream(
  stream: OutputStream,
  env: Io['env'],
  secrets: ReadonlySet<string>,
  isData: boolean,
): OutputStream {
  const obeys = isGithubActions(env) && !isData;
  return {
    write: (text) => {
      const clean = withoutSecrets(text, secrets);
      return stream.write(obeys ? withoutCommands(clean, isJson(clean)) : clean);
    },
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return columnsOf(stream, env);
    },
    get rows() {
      return stream.rows;
    },
    get watch() {
      return stream.watch;
    },
    get isClosed() {
      return stream.isClosed;
    },
  };
}

/**
 * The world around a run, with streams that write no secret which `hide` was told of, and, in GitHub Actions, nothing that
 * its runner would obey, unless standard output is data. `command` is the one way around that.
 */
export function guardIo(io: Io, isData = false): Io {
  const secrets = new Set<string>();
  return {
    stdout: guardStream(io.stdout, io.env, secrets, isData),
    stderr: guardStream(io.stderr, io.env, secrets, false),
    // Looking at standard input opens it.
    get stdin() {
      return io.stdin;
    },
    env: io.env,
    cwd: io.cwd,
    ...(io.signals === undefined ? {} : { signals: io.signals }),
    hide: (secret) => void secrets.add(secret),
    clean: (text) => redactAnywhere(text, secrets),
    ...(isGithubActions(io.env) ? { command: (line) => void io.stderr.write(`${line}\n`) } : {}),
  };
}
