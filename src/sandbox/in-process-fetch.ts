import type { Answer } from './answer.ts';
import type { Incoming } from './wire.ts';

function cut(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return Object.assign(new TypeError('fetch failed'), { cause });
}

function responseOf({ status, reason, contentType, body }: Answer, now: number): Response {
  const headers = {
    Date: new Date(now).toUTCString(),
    Server: 'pve-api-daemon/3.0',
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
  };
  return new Response(body, { status, statusText: reason, headers });
}

/**
 * A `fetch` that hands requests to a function in the same process: bodies are texts, and a connection that is cut fails as
 * that of the real `fetch` does.
 */
export function createInProcessFetch(
  answer: (request: Incoming) => Promise<Answer | undefined>,
  now: () => number,
): typeof fetch {
  return async (input, init = {}) => {
    const { pathname, search } = new URL(String(input));
    const body = Buffer.from(typeof init.body === 'string' ? init.body : '');
    const headers: Record<string, string> = { 'content-length': String(body.length) };
    for (const [name, value] of new Headers(init.headers)) headers[name] = value;
    const given = await answer({
      ...{ method: init.method ?? 'GET', url: `${pathname}${search}`, headers },
      async *[Symbol.asyncIterator]() {
        yield body;
      },
    });
    if (given === undefined) throw cut();
    return responseOf(given, now());
  };
}
