import { isObject } from '../../../src/core/json.ts';
import { startHttpsServer, type TestServer } from '../../pve/https-server.ts';
import { bodyOf, passOn } from '../recording-relay.ts';

/** A request that went through, and the answer to it. */
export interface RelayedAnswer {
  readonly method: string;
  /** Below `/api2/json`, without its query. */
  readonly path: string;
  readonly status: number;
  /** The `data` of an answer, or its `message` where it is an error. */
  readonly data: unknown;
}

/** What takes the place of an answer's `data` or `message`; undefined leaves it. */
export type Rewrite = (answer: RelayedAnswer) => unknown;

/** Starts a server before another one that says other things than that one does. */
export async function startRewritingRelay(target: string, rewrite: Rewrite): Promise<TestServer> {
  return await startHttpsServer((incoming, response) => {
    void (async () => {
      const { method = '', url = '' } = incoming;
      const answer = await passOn(target, incoming, await bodyOf(incoming));
      const path = url.replace(/^\/api2\/json/, '').replace(/\?.*$/s, '');
      const json = answer.body === '' ? undefined : (JSON.parse(answer.body) as unknown);
      const key = answer.status === 200 ? 'data' : 'message';
      const data = isObject(json) ? json[key] : undefined;
      const other = rewrite({ method, path: decodeURIComponent(path), status: answer.status, data });
      const body = other === undefined ? answer.body : JSON.stringify({ ...(json as object), [key]: other });
      const { 'content-length': _, ...headers } = answer.headers;
      response.writeHead(answer.status, answer.reason, headers);
      response.end(body);
    })().catch(() => response.destroy());
  });
}
