import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
let files: Server;
let base: string;
beforeEach(async () => {
  api = await startApi({ world: 'recorded' });
  files = createServer((request, response) => {
    response.writeHead(request.url === '/there.iso' ? 200 : 404).end('ISO');
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  const address = files.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterEach(async () => {
  files.close();
  await api.sandbox.close();
});

async function download(url: string, params: object = {}): Promise<string> {
  const path = '/nodes/pve1/storage/local/download-url';
  const upid = await api.data('POST', path, { url, content: 'iso', filename: 'new.iso', ...params });
  await api.sandbox.settled();
  const status = await api.data('GET', `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}/status`);
  return (status as { exitstatus: string }).exitstatus;
}

it('fetches a file from this machine, once', async () => {
  expect(await download(`${base}/there.iso`)).toBe('OK');
  expect(await api.data('GET', '/nodes/pve1/storage/local/content/local:iso/new.iso')).toMatchObject({ size: 3 });
  expect(await download(`${base}/there.iso`)).toBe(
    "refusing to override existing file '/var/lib/vz/template/iso/new.iso'",
  );
});

it('fails where the file is not there, nobody listens, or the checksum is another', async () => {
  expect(await download(`${base}/gone.iso`)).toBe('download failed: ERROR 404: Not Found.');
  expect(await download('http://127.0.0.1:1/x.iso')).toBe(
    'download failed: Connecting to 127.0.0.1:1... failed: Connection refused.',
  );
  const sum = { 'checksum-algorithm': 'sha256', checksum: 'ab' };
  expect(await download(`${base}/there.iso`, sum)).toMatch(/^checksum mismatch: got '[0-9a-f]{64}' != expect 'ab'$/);
});

it('fetches from nowhere else', async () => {
  expect(await download('http://files.example.com/x.iso')).toBe(
    'download failed: the sandbox downloads from loopback addresses only, not from files.example.com',
  );
});

it('takes a file that is there for done where its checksum is the wanted one, and never replaces another', async () => {
  const sum = { 'checksum-algorithm': 'sha256', checksum: createHash('sha256').update('ISO').digest('hex') };
  expect(await download(`${base}/there.iso`, sum)).toBe('OK');
  expect(await download(`${base}/there.iso`, sum)).toBe('OK');
  const other = { ...sum, checksum: '0'.repeat(64) };
  expect(await download(`${base}/there.iso`, other)).toBe(
    `checksum mismatch: got '${sum.checksum}' != expect '${other.checksum}', aborting`,
  );
});

it('unpacks ISO images only, and refuses a disk image of another format than its name says', async () => {
  const image = { content: 'import', filename: 'new.qcow2' };
  expect(await download(`${base}/there.iso`, { ...image, compression: 'zst' })).toBe(
    'decompression not supported for import',
  );
  expect(await download(`${base}/there.iso`, image)).toMatch(/Image is not in qcow2 format$/);
});
