import { expect, it } from 'vitest';
import type { Harness } from '../../harness.ts';
import { useImageLab } from '../../requirements/image-lab.ts';
import type { ImageServer } from '../../requirements/image-server.ts';

let harness: Harness;
let files: ImageServer;
useImageLab((lab) => {
  ({ harness, files } = lab);
});

const ask = (url: string): Promise<unknown> =>
  harness.pve.get('/nodes/{node}/query-url-metadata', { path: { node: 'pve1' }, query: { url } });

it('asks for the head of a file, and tells its size and name', async () => {
  expect(await ask(`${files.base}/large-9GiB.raw?x=1`)).toMatchObject({
    filename: 'large-9GiB.raw',
    size: 9 * 1024 ** 3,
  });
  expect(files.heads).toEqual(['/large-9GiB.raw?x=1']);
  expect(files.asked).toEqual([]);
});

it('fails with the words of the file’s server, and of a connection that fails', async () => {
  await expect(ask(`${files.base}/gone.raw`)).rejects.toThrow("invalid server response: '404 Not Found'");
  await expect(ask('http://127.0.0.1:9/a.raw')).rejects.toThrow(
    "invalid server response: '500 Can't connect to 127.0.0.1:9 (Connection refused)'",
  );
});

it('asks no other machine', async () => {
  expect(await ask('https://cloud.example.com/images/debian.qcow2')).toEqual({ filename: 'debian.qcow2' });
});

it('takes http and https alone', async () => {
  await expect(ask('ftp://127.0.0.1/a.raw')).rejects.toMatchObject({ code: 'PVE_PARAMETER' });
});
