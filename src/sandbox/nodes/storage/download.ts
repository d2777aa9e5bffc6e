import { createHash } from 'node:crypto';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { failure } from '../../api-error.ts';
import type { TaskContext } from '../../host.ts';
import type { HouseCall } from '../../house.ts';
import { diskSizeOf } from './disk-image.ts';
import { checkChecksum, checkExisting, checkRoom, newFileOf, storeFile } from './new-file.ts';

/** Names of this machine: the sandbox fetches from nowhere else. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address is on this machine, which is all that the sandbox asks for files. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

/** `POST …/download-url`: a task fetches a file (pve-storage: PVE/API2/Storage/Status.pm, download_url). */
export function downloadFile(call: HouseCall): string {
  const { host, params, user } = call;
  const node = String(params['node']);
  const url = String(params['url']);
  const file = newFileOf(call, {
    noPath: (type) => `can't upload to storage type '${type}', not a file based storage!`,
    noContent: (storage, content) => `storage '${storage}' is not configured for content-type '${content}'`,
  });
  return host.tasks.start({
    ...{ node, type: 'download', id: file.name, user },
    async run(task) {
      task.log(`downloading ${url} to ${file.path}`);
      if (params['compression'] !== undefined && file.content !== 'iso') {
        throw failure(`decompression not supported for ${file.content}`);
      }
      const existing = host.volumes.find(`${file.storage.id}:${file.content}/${file.name}`, node);
      if (existing !== undefined) return checkExisting(call, task, existing, file.path);
      const data = await fetched(url, params['verify-certificates'] !== 0, task, host.clock.now());
      checkChecksum(call, task, data);
      checkRoom(call, file, data.length);
      const diskSize = file.content === 'import' ? diskSizeOf(file.path, data) : undefined;
      storeFile(call, file, data.length, {
        sha256: createHash('sha256').update(data).digest('hex'),
        ...(diskSize === undefined ? {} : { diskSize }),
      });
      task.log(`download of '${url}' to '${file.path}' finished`);
    },
  });
}

async function fetched(text: string, isVerified: boolean, task: TaskContext, now: number): Promise<Buffer> {
  const url = new URL(text);
  if (!isLoopback(url)) {
    throw failure(`download failed: the sandbox downloads from loopback addresses only, not from ${url.hostname}`);
  }
  const time = new Date(now).toISOString().slice(0, 19).replace('T', ' ');
  task.log(`--${time}--  ${text}`);
  const answer = await answerOf(url, isVerified);
  if (answer.statusCode !== 200) {
    answer.resume();
    throw failure(`download failed: ERROR ${answer.statusCode}: ${answer.statusMessage ?? ''}.`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answerOf(url: URL, isVerified: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:'
        ? getSecure(url, { rejectUnauthorized: isVerified, agent: false }, resolve)
        : getPlain(url, { agent: false }, resolve);
    sent.on('error', (error) => {
      const isRefused = 'code' in error && error.code === 'ECONNREFUSED';
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
      const place = `${url.hostname}:${port}`;
      const reason = isRefused ? `Connecting to ${place}... failed: Connection refused.` : error.message;
      reject(failure(`download failed: ${reason}`));
    });
  });
}
