import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Answer, answerOf, answerOfError, type Format } from './answer.ts';
import type { Certificate } from './certificate.ts';
import type { RawParameters } from './check-parameters.ts';
import { addressOf, dispatch, type RequestAddress, userOfRequest } from './dispatch.ts';
import { type Faults, faultAnswer } from './faults.ts';
import type { AuthUser } from './host.ts';
import type { SandboxState } from './house.ts';
import { requestParameters } from './request-parameters.ts';
import type { Router } from './router.ts';
import { contentTypeOf, methodOf, readBody, sendAnswer } from './wire.ts';

/** One request, as tests and logs see it. */
export interface RequestLogEntry {
  readonly method: string;
  /** The path below `/api2/json`, without the query. */
  readonly path: string;
  /** Query and body in one, as they were sent. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The HTTP status; 0 where the connection was cut, or the answer is not there yet. */
  readonly status: number;
}

/** What the server needs. */
export interface ServerOptions {
  readonly state: SandboxState;
  readonly router: Router;
  readonly faults: Faults;
  readonly certificate: Certificate;
  /** 0: any that is free. */
  readonly port: number;
  /** How long a failed login waits, in milliseconds. */
  readonly authDelayMs: number;
  /** Called when a request arrives, before its answer. */
  onRequest(entry: RequestLogEntry): void;
  /** Called when its answer is sent. */
  onAnswer(entry: RequestLogEntry): void;
}

/** A server that listens. */
export interface SandboxServer {
  readonly port: number;
  close(): Promise<void>;
}

type MutableEntry = { -readonly [Key in keyof RequestLogEntry]: RequestLogEntry[Key] };

/** Serves the API over HTTPS, on the loopback interface only. */
export async function startServer(options: ServerOptions): Promise<SandboxServer> {
  const { cert, key } = options.certificate;
  const server = createServer({ cert, key, minVersion: 'TLSv1.2', keepAliveTimeout: 5000 }, (request, response) => {
    void serve(options, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const entry: MutableEntry = { method: request.method ?? '', path: request.url ?? '', params: {}, status: 0 };
  let format: Format = 'json';
  let answer: Answer | undefined;
  options.onRequest(entry);
  try {
    const method = methodOf(request);
    const address = addressOf(request.url ?? '');
    format = address.format;
    entry.path = address.path;
    const user = userOfRequest(options.state, method, address.path, request.headers.authorization);
    const body = await readBody(request, method);
    const parameters = requestParameters(address.query, contentTypeOf(request), body);
    entry.params = parameters;
    answer = await answerTo(options, method, address, user, parameters);
  } catch (error) {
    answer = answerOfError(error, format);
    if (answer.status === 401) await options.state.clock.sleep(options.authDelayMs);
  }
  options.state.flush();
  entry.status = answer?.status ?? 0;
  options.onAnswer(entry);
  if (answer === undefined) request.socket.destroy();
  else sendAnswer(response, answer, request.method === 'HEAD');
}

/** Undefined: the connection is to be cut. */
async function answerTo(
  options: ServerOptions,
  method: string,
  { path, format }: RequestAddress,
  user: AuthUser | undefined,
  parameters: RawParameters,
): Promise<Answer | undefined> {
  const fault = options.faults.take(method, path);
  if (fault?.dropBefore === true) return undefined;
  if (fault !== undefined && fault.dropAfter !== true) return faultAnswer(fault);
  let answer: Answer;
  try {
    answer = answerOf(await dispatch(options.state, options.router(method, path), user, parameters), format);
  } catch (error) {
    answer = answerOfError(error, format);
  }
  return fault?.dropAfter === true ? undefined : answer;
}
