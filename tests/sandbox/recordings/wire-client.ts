import { Agent, request } from 'node:https';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A client that adds nothing to what it is told to send. */
export interface WireClient {
  send(request: WireRequest): Promise<WireAnswer>;
  close(): void;
}

/** Speaks HTTPS to a server whose certificate is its own authority, over one connection as long as that stays open. */
export function createWireClient(endpoint: string, ca: string): WireClient {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const options = { method, agent, headers: { ...headers, ...length } };
        const sent = request(new URL(endpoint + path), options, (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => {
            const fields = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
            const { statusCode: status = 0, statusMessage: reason = '' } = answer;
            resolve({ status, reason, headers: Object.fromEntries(fields), text });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
  };
}
