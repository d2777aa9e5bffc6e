import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { startHttpsServer, type TestServer } from '../pve/https-server.ts';

/** How a relay answers: by passing on, or by repeating the whole request in places where a client looks for a reason. */
export type RelayMode = 'pass' | 'echo' | 'echo-all' | 'echo-writes' | 'redirect' | 'refuse';

/** A server that passes requests on to another one, and knows all that went through. */
export interface Relay extends TestServer {
  /** Requests and answers, with headers, as text. */
  seen(): string;
  /** From now on. Logins are passed on but for `echo-all`, so that what they give is sent too. */
  setMode(mode: RelayMode): void;
}

export async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
}

export function passOn(
  target: string,
  incoming: IncomingMessage,
  body: string,
): Promise<{ status: number; headers: IncomingMessage['headers']; reason: string; body: string }> {
  return new Promise((resolve, reject) => {
    const { method, url, headers } = incoming;
    const outgoing = httpsRequest(
      new URL(url ?? '/', target),
      { method, headers: { ...headers, host: new URL(target).host }, rejectUnauthorized: false, agent: false },
      (answer) => {
        bodyOf(answer).then(
          (text) =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              reason: answer.statusMessage ?? '',
              body: text,
            }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function answerWithEcho(mode: RelayMode, incoming: IncomingMessage, body: string, response: ServerResponse): void {
  const { authorization = '', cookie = '', csrfpreventiontoken = '' } = incoming.headers;
  const everything = [authorization, cookie, csrfpreventiontoken, body].filter((part) => part !== '').join(' ');
  const oneLine = encodeURI(everything).replaceAll('%20', ' ');
  const status = mode === 'redirect' ? 302 : mode === 'refuse' ? 401 : 500;
  response.statusCode = status;
  response.statusMessage = everything.replaceAll(/[^\x20-\x7e]/g, '?');
  if (mode === 'redirect') response.setHeader('Location', `https://elsewhere.example/?from=${oneLine}`);
  response.setHeader('Content-Type', 'application/json');
  const answer = { data: null, message: `${everything}\n`, errors: { node: everything } };
  response.end(mode === 'refuse' ? '' : JSON.stringify(answer));
}

/** Starts a relay before a server. */
export async function startRelay(target: string): Promise<Relay> {
  const log: string[] = [];
  let mode: RelayMode = 'pass';
  const server = await startHttpsServer((incoming, response) => {
    void (async () => {
      const body = await bodyOf(incoming);
      log.push(
        incoming.url ?? '',
        JSON.stringify(incoming.headers),
        decodeURIComponent(String(incoming.headers.cookie)),
        body,
      );
      const isLogin =
        incoming.url?.endsWith('/access/ticket') === true || incoming.url?.endsWith('/access/domains') === true;
      const isSpared = mode === 'echo-writes' && incoming.method === 'GET';
      if (mode !== 'pass' && !isSpared && (!isLogin || mode === 'echo-all')) {
        answerWithEcho(mode, incoming, body, response);
        return;
      }
      const answer = await passOn(target, incoming, body);
      log.push(answer.body);
      response.writeHead(answer.status, answer.reason, answer.headers);
      response.end(answer.body);
    })().catch(() => response.destroy());
  });
  return {
    ...server,
    seen: () => log.join('\n'),
    setMode: (wanted) => {
      mode = wanted;
    },
  };
}

/** An HTTP proxy for CONNECT that knows the headers it was sent. */
export interface TestProxy {
  readonly port: number;
  seen(): string;
  /** From now on it refuses, and repeats the header in its reason. */
  refuse(): void;
  close(): Promise<void>;
}

export async function startProxy(): Promise<TestProxy> {
  const log: string[] = [];
  let refuses = false;
  const server = createServer();
  server.on('connect', (request, socket, head) => {
    const header = String(request.headers['proxy-authorization']);
    log.push(header, Buffer.from(header.replace('Basic ', ''), 'base64').toString());
    socket.on('error', () => undefined);
    if (refuses) {
      socket.end(`HTTP/1.1 407 not with ${header} ${log.at(-1)}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    seen: () => log.join('\n'),
    refuse: () => {
      refuses = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
