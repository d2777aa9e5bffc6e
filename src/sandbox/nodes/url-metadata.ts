import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { JsonObject } from '../../core/json.ts';
import { failure } from '../api-error.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { isLoopback } from './storage/download.ts';

/**
 * `GET /nodes/{node}/query-url-metadata`: asks for the head of a file (pve-manager: PVE/API2/Nodes.pm,
 * query_url_metadata). Other machines than this one are not asked: of their files only the name is told, as where a
 * server says neither size nor type.
 */
export const urlMetadataEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/nodes/{node}/query-url-metadata',
  handle: describeUrl,
};

async function describeUrl({ params }: HouseCall): Promise<JsonObject> {
  const text = String(params['url']);
  const name = /^[^?]+\/([^?/]*)(?:\?.*)?$/.exec(text)?.[1] ?? '';
  const url = new URL(text);
  if (!isLoopback(url)) return named(name);
  const { statusCode, statusMessage, headers } = await headOf(url, params['verify-certificates'] !== 0);
  if (statusCode !== 200) throw failure(`invalid server response: '${statusCode} ${statusMessage ?? ''}'`);
  const disposition = /filename=(?:"([^"]*)"|([^;]*))/.exec(headers['content-disposition'] ?? '');
  const size = Number(headers['content-length'] ?? 0);
  const [mimetype] = (headers['content-type'] ?? '').split(';');
  return {
    ...named(disposition?.[1] ?? disposition?.[2] ?? name),
    ...(size > 0 ? { size } : {}),
    ...(mimetype === undefined || mimetype === '' ? {} : { mimetype }),
  };
}

function named(filename: string): JsonObject {
  return filename === '' ? {} : { filename };
}

function headOf(url: URL, isVerified: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method: 'HEAD', agent: false } as const;
    const sent =
      url.protocol === 'https:'
        ? requestSecure(url, { ...options, rejectUnauthorized: isVerified })
        : requestPlain(url, options);
    sent.on('response', (answer) => {
      answer.resume();
      resolve(answer);
    });
    sent.on('error', (error) => {
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      const isRefused = 'code' in error && error.code === 'ECONNREFUSED';
      // libwww-perl gives the failure of a connection as an answer of its own, with status 500.
      const reason = isRefused ? 'Connection refused' : error.message;
      reject(failure(`invalid server response: '500 Can't connect to ${url.hostname}:${port} (${reason})'`));
    });
    sent.end();
  });
}
