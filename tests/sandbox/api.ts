import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a raw request may say. */
export interface RawRequest {
  readonly authorization?: string;
  readonly contentType?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A sandbox, and how tests speak to it. */
export interface Api {
  readonly sandbox: Sandbox;
  /** One request as it is, its path whole. */
  raw(method: string, path: string, options?: RawRequest): Promise<WireAnswer>;
  /** One request below `/api2/json` with parameters, as the sandbox's own token or another; returns status and body. */
  call(method: string, path: string, params?: object, token?: string): Promise<{ status: number; body: Body }>;
  /** The `data` of a call that succeeds. */
  data(method: string, path: string, params?: object): Promise<unknown>;
}

/** The body of an answer. */
export interface Body {
  readonly data?: unknown;
  readonly message?: string;
  readonly errors?: Readonly<Record<string, string>>;
  readonly total?: number;
}

/** Starts a sandbox with tasks that take no time. */
export async function startApi(options: SandboxOptions = {}): Promise<Api> {
  return apiOf(await startSandbox({ taskTimeMs: 0, seed: 1, ...options }));
}

/** Speaks to a sandbox that runs. */
export function apiOf(sandbox: Sandbox): Api {
  const raw: Api['raw'] = (method, path, { authorization, contentType, body, headers: further } = {}) =>
    new Promise((resolve, reject) => {
      const headers = {
        ...further,
        ...(authorization === undefined ? {} : { authorization }),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      };
      const sent = request(
        `${sandbox.endpoint}${path}`,
        { method, headers, ca: sandbox.ca, agent: false },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => {
            const { statusCode: status = 0, statusMessage: reason = '' } = answer;
            resolve({ status, reason, headers: answer.headers, text });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  const call: Api['call'] = async (method, path, params = {}, token = sandbox.token) => {
    const authorization = `PVEAPIToken=${token}`;
    const hasBody = method === 'POST' || method === 'PUT';
    const query = new URLSearchParams(
      Object.entries(params).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const answer = hasBody
      ? await raw(method, `/api2/json${path}`, {
          ...{ authorization, contentType: 'application/json', body: JSON.stringify(params) },
        })
      : await raw(method, `/api2/json${path}${query.size === 0 ? '' : `?${query}`}`, { authorization });
    return { status: answer.status, body: answer.text === '' ? {} : JSON.parse(answer.text) };
  };
  return {
    sandbox,
    raw,
    call,
    async data(method, path, params) {
      const { status, body } = await call(method, path, params);
      if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
      return body.data;
    },
  };
}
