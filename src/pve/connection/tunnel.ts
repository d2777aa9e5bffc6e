import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure, rootCertificates } from 'node:tls';
import { PvevmError } from '../../core/error.ts';
import { redact } from '../../core/redact.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { asUnsent, classifyFailure } from './network-error.ts';
import type { HttpProxy } from './proxy.ts';

// More than any proxy says before the connection stands.
const LONGEST_ANSWER = 65_536;
const END_OF_HEAD = '\r\n\r\n';

/**
 * Opens a connection to a host through a proxy, with the method CONNECT (RFC 9110, 9.3.6). An https: proxy is judged by
 * the machine's certificate authorities and by `ca`. Throws `CONNECT` or `TLS` naming the proxy, never its password.
 */
export function openTunnel(
  proxy: HttpProxy,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  ca?: string,
): Promise<Socket> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const { host, port } = proxy;
  const isName = !/^[\d.]+$/.test(host) && !host.includes(':');
  const socket = proxy.secure
    ? connectSecure({
        host,
        port,
        ...(isName ? { servername: host } : {}),
        ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      })
    : connectPlain({ host, port });
  return new Promise((resolve, reject) => {
    let head = '';
    const stop = (): void => {
      socket.destroy(new Error('it did not answer in time'));
    };
    const settle = (): void => {
      signal.removeEventListener('abort', stop);
      socket.off('readable', read);
      socket.off('end', endEarly);
    };
    const endEarly = (): void => {
      socket.destroy(new Error('it closed the connection'));
    };
    const read = (): void => {
      for (let chunk: unknown = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) {
        head += chunk.toString('latin1');
      }
      const end = head.indexOf(END_OF_HEAD);
      if (end === -1) {
        if (head.length > LONGEST_ANSWER) socket.destroy(new Error('it does not answer as a proxy does'));
        return;
      }
      settle();
      const [, status, words = ''] = /^HTTP\/\d\.\d (\d{3}) ?([^\r\n]*)/.exec(head) ?? [];
      if (status !== '200') {
        socket.destroy();
        reject(refusal(proxy, authority, status, words));
        return;
      }
      const rest = head.slice(end + END_OF_HEAD.length);
      if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'));
      resolve(socket);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('readable', read);
    socket.on('end', endEarly);
    // Stays on, so that an error between here and the next listener does not end the process.
    socket.on('error', (error) => {
      settle();
      reject(noConnection(proxy, error));
    });
    socket.once(proxy.secure ? 'secureConnect' : 'connect', () => {
      const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
      socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
    });
  });
}

function noConnection(proxy: HttpProxy, cause: Error): PvevmError {
  const { type, detail } = classifyFailure(cause);
  const code = type === 'certificate' || type === 'tls' ? 'TLS' : 'CONNECT';
  return new PvevmError(code, `no connection to the proxy ${proxy.shown} (${detail})`, {
    cause: asUnsent(cause),
    hints: ['Check HTTPS_PROXY, or name the endpoint in NO_PROXY.'],
  });
}

function refusal(
  proxy: HttpProxy,
  authority: string,
  status = 'its answer is not one of HTTP',
  reason = '',
): PvevmError {
  const words = sanitizeLine(redact(`${status} ${reason}`.trim(), secretsOf(proxy)));
  const hint =
    status === '407'
      ? 'Give the user and password of the proxy: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT'
      : `Check that the proxy may connect to ${authority}, or name that host in NO_PROXY.`;
  return new PvevmError('CONNECT', `the proxy ${proxy.shown} refused a connection to ${authority}: ${words}`, {
    cause: asUnsent(new Error(`the proxy: ${words}`)),
    hints: [hint],
  });
}

/** What a proxy may repeat of the request: the header's value, and the password in it. */
function secretsOf({ authorization = '' }: HttpProxy): readonly string[] {
  const encoded = authorization.replace(/^\S+ /, '');
  const password = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
  return [encoded, password].filter((secret) => secret !== '');
}
