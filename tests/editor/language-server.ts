import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { isObject } from '../../src/core/json.ts';

const require = createRequire(import.meta.url);

/** A place in a text as the protocol counts: lines and characters from 0. */
export interface EditorPosition {
  readonly line: number;
  readonly character: number;
}

/** What an editor underlines. */
export interface EditorProblem {
  readonly message: string;
  readonly range: { readonly start: EditorPosition; readonly end: EditorPosition };
}

/** What an editor offers at the cursor. */
export interface Suggestion {
  readonly label: string;
  readonly documentation?: string;
  readonly insertText: string;
}

/** The YAML language server that editors run, in a process of its own. */
export interface LanguageServer {
  /** Opens a text, or opens it anew, and waits for what is wrong with it. */
  readonly problems: (uri: string, text: string) => Promise<readonly EditorProblem[]>;
  /** What is offered in an open text. */
  readonly complete: (uri: string, position: EditorPosition) => Promise<readonly Suggestion[]>;
  /** What is shown over a word of an open text; empty for nothing. */
  readonly hover: (uri: string, position: EditorPosition) => Promise<string>;
  readonly close: () => Promise<void>;
}

type Message = Readonly<Record<string, unknown>>;

// No catalogue of schemas is fetched: a document says which schema it has.
const SETTINGS: Readonly<Record<string, unknown>> = {
  yaml: { schemaStore: { enable: false }, completion: true, hover: true, validate: true },
};

/** Takes messages out of a stream of bytes: each has a header that says how long it is. */
function createReader(receive: (message: Message) => void): (chunk: Buffer) => void {
  let bytes = Buffer.alloc(0);
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(bytes.subarray(0, Math.max(0, end)).toString())?.[1]);
      if (end === -1 || bytes.length < end + 4 + length) return;
      receive(JSON.parse(bytes.subarray(end + 4, end + 4 + length).toString()) as Message);
      bytes = bytes.subarray(end + 4 + length);
    }
  };
}

/** Starts the language server and speaks its protocol over standard input and output. */
export async function startLanguageServer(): Promise<LanguageServer> {
  const program = require.resolve('yaml-language-server/bin/yaml-language-server');
  const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const answers = new Map<number, (result: unknown) => void>();
  const published = new Map<string, (problems: readonly EditorProblem[]) => void>();
  let lastId = 0;
  let version = 0;

  const send = (message: Message): void => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    server.stdin.write(body);
  };
  const request = async (method: string, params?: unknown): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    const answer = new Promise<unknown>((resolve) => answers.set(id, resolve));
    send({ id, method, ...(params === undefined ? {} : { params }) });
    return answer;
  };
  const receive = ({ id, method, params, result, error }: Message): void => {
    const wanted = isObject(params) ? params : {};
    if (method === 'workspace/configuration') {
      const items = wanted['items'] as readonly { readonly section: string }[];
      send({ id, result: items.map(({ section }) => SETTINGS[section] ?? null) });
    } else if (method === 'textDocument/publishDiagnostics') {
      published.get(String(wanted['uri']))?.(wanted['diagnostics'] as readonly EditorProblem[]);
    } else if (typeof method === 'string' && id !== undefined) send({ id, result: null });
    else if (typeof id === 'number') answers.get(id)?.(error ?? result);
  };
  server.stdout.on('data', createReader(receive));

  await request('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true },
      textDocument: {
        completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
        hover: { contentFormat: ['markdown'] },
      },
    },
  });
  send({ method: 'initialized', params: {} });

  return {
    problems: async (uri, text) => {
      version += 1;
      const found = new Promise<readonly EditorProblem[]>((resolve) => published.set(uri, resolve));
      send({
        method: 'textDocument/didOpen',
        params: { textDocument: { uri, languageId: 'yaml', version, text } },
      });
      return found;
    },
    complete: async (uri, position) => {
      const list = await request('textDocument/completion', { textDocument: { uri }, position });
      return (isObject(list) ? list['items'] : []) as readonly Suggestion[];
    },
    hover: async (uri, position) => {
      const shown = await request('textDocument/hover', { textDocument: { uri }, position });
      const contents = isObject(shown) ? shown['contents'] : undefined;
      return isObject(contents) ? String(contents['value']) : '';
    },
    close: async () => {
      await request('shutdown');
      send({ method: 'exit' });
      await ended;
    },
  };
}
