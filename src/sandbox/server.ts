import { createServer } from 'node:https';
import { type Answer, answerOf, answerOfError, type Format } from './answer.ts';
import { ApiError } from './api-error.ts';
import { behaviourOf } from './behaviour.ts';
import type { Certificate } from './certificate.ts';
import type { RawParameters } from './check-parameters.ts';
import { addressOf, dispatch, type RequestAddress, userOfRequest } from './dispatch.ts';
import type { Faults } from './faults.ts';
import type { AuthUser } from './host.ts';
import type { SandboxState } from './house.ts';
import { createInProcessFetch } from './in-process-fetch.ts';
import { answerWithFault } from './inject-fault.ts';
import { requestParameters } from './request-parameters.ts';
import type { Router } from './router.ts';
import { contentTypeOf, type Incoming, methodOf, readBody, sendAnswer } from './wire.ts';

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
  /** Answers as the server does, without a socket. */
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

type MutableEntry = { -readonly [Key in keyof RequestLogEntry]: RequestLogEntry[Key] };

/** Serves the API over HTTPS, on the loopback interface only. */
export async function startServer(options: ServerOptions): Promise<SandboxServer> {
  const { cert, key } = options.certificate;
  const lastAnswers = new Map<string, Answer>();
  const answerRequest = (request: Incoming): Promise<Answer | undefined> => serve(options, lastAnswers, request);
  const now = (): number => options.state.clock.now();
  const server = createServer({ cert, key, minVersion: 'TLSv1.2', keepAliveTimeout: 5000 }, (request, response) => {
    void answerRequest(request).then((answer) => {
      if (answer === undefined) request.socket.destroy();
      else sendAnswer(response, answer, now());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    fetch: createInProcessFetch(answerRequest, now),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The answer to a request; undefined where the connection is to be cut. */
async function serve(
  options: ServerOptions,
  lastAnswers: Map<string, Answer>,
  request: Incoming,
): Promise<Answer | undefined> {
  const entry: MutableEntry = { method: request.method ?? '', path: request.url ?? '', params: {}, status: 0 };
  let format: Format = 'json';
  let answer: Answer | undefined;
  options.onRequest(entry);
  try {
    const method = methodOf(request);
    const address = addressOf(request.url ?? '');
    format = address.format;
    entry.path = address.path;
    const user = userOfRequest(options.state, { method, path: address.path, headers: request.headers });
    const body = await readBody(request, method);
    const parameters = requestParameters(
      address.query,
      contentTypeOf(request),
      body,
      behaviourOf(options.state).jsonErrorLines,
    );
    entry.params = parameters;
    const { path } = address;
    const place = `${user?.id ?? ''} ${path}`;
    const fault = options.faults.take({ method, path, hasTicket: hasTicket(request) });
    const proceed = (): Promise<Answer> => answerTo(options, method, address, user, parameters);
    const target = { state: options.state, path, params: parameters, lastAnswer: lastAnswers.get(place), proceed };
    answer = fault === undefined ? await proceed() : await answerWithFault(fault, target);
    if (path === '/cluster/resources' && answer !== undefined) lastAnswers.set(place, answer);
  } catch (error) {
    answer = answerOfError(error, format);
    if (error instanceof ApiError && error.status === 401) await options.state.clock.sleep(options.authDelayMs);
  }
  try {
    options.state.flush();
  } catch (error) {
    // Such as on a full disk: it can still be read, and the next write says again what is wrong.
    if (entry.method !== 'GET') answer = answerOfError(error, format);
  }
  entry.status = answer?.status ?? 0;
  options.onAnswer(entry);
  return answer;
}

async function answerTo(
  options: ServerOptions,
  method: string,
  { path, format }: RequestAddress,
  user: AuthUser | undefined,
  parameters: RawParameters,
): Promise<Answer> {
  try {
    return answerOf(await dispatch(options.state, options.router(method, path), user, parameters), format);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) await options.state.clock.sleep(options.authDelayMs);
    return answerOfError(error, format);
  }
}

function hasTicket({ headers }: Incoming): boolean {
  return `${headers.cookie ?? ''} ${headers.authorization ?? ''}`.includes('PVEAuthCookie');
}
