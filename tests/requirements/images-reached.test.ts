import { expect, it } from 'vitest';
import type { PveReader } from '../../src/pve/reader.ts';
import type { Harness } from '../harness.ts';
import { errorsOf } from './guests.ts';
import { useImageLab } from './image-lab.ts';
import type { ImageServer } from './image-server.ts';

let harness: Harness;
let files: ImageServer;
useImageLab((lab) => {
  ({ harness, files } = lab);
});

const image = (name: string, path: string, storage = 'local'): string =>
  `kind: image\nname: ${name}\nnode: pve1\nstorage: ${storage}\nurl: "${files.base}${path}"\nchecksum: "${files.checksum(path)}"\n`;
const guest = (name: string, path: string): string =>
  `kind: vm\nname: ${name}\nnode: pve1\nha: false\ndisks:\n  scsi0: { storage: local-lvm, image: { url: "${files.base}${path}", checksum: "${files.checksum(path)}" } }\n`;
const documents = (...texts: readonly string[]): string => texts.join('---\n');

it('R-17: an image that is not at its address is refused at that address, in a document and in a guest', async () => {
  const plan = await harness.plan(documents(image('a', '/gone.iso'), guest('web-01', '/gone.raw')));
  expect(errorsOf(plan)).toMatchObject([
    { code: 'MISSING', summary: 'the image is not at its address', pointer: '/url', range: { line: 5, column: 6 } },
    { code: 'MISSING', summary: 'the image is not at its address', range: { line: 13 } },
  ]);
  expect(errorsOf(plan)[0]?.detail).toContain('404 Not Found');
});

it('R-17: a server that refuses to show the head alone may give the file all the same', async () => {
  const plan = await harness.plan(image('a', '/shy.iso'));
  expect(plan.diagnostics).toMatchObject([{ severity: 'warning', summary: 'the image may not be reachable' }]);
  await harness.apply(image('a', '/shy.iso'));
  expect(files.asked).toEqual(['/shy.iso']);
});

it('R-17: a node that reaches others through a proxy may get what it does not reach by itself', async () => {
  await harness.pve.put('/cluster/options', { params: { http_proxy: 'http://192.0.2.1:3128' } });
  const yaml = image('a', '/debian.iso').replace(files.base, 'http://127.0.0.1:9');
  expect((await harness.plan(yaml)).diagnostics).toMatchObject([
    { severity: 'warning', summary: 'the image may not be reachable' },
  ]);
});

it('R-52: asks once for each address and node, and not for what is there', async () => {
  const guests = ['web-01', 'web-02', 'web-03'].map((name) => guest(name, '/debian.raw'));
  await harness.apply(documents(...guests));
  expect(files.heads).toEqual(['/debian.raw']);
  await harness.plan(documents(...guests, guest('web-04', '/debian.raw')));
  expect(files.heads).toEqual(['/debian.raw']);
});

it('R-17: images that do not fit on their storage together are refused, where the first has room alone', async () => {
  const plan = await harness.plan(documents(image('a', '/large-60GiB-a.iso'), image('b', '/large-60GiB-b.iso')));
  expect(errorsOf(plan)).toMatchObject([
    {
      code: 'MISSING',
      address: 'image/b',
      pointer: '/storage',
      summary: 'the storage has less space than the images take',
      detail: expect.stringContaining('the file has 60.0 GiB, 120.0 GiB together with image/a.'),
    },
  ]);
});

it('R-17: a download and the disks of a guest on one storage are added up; a thin disk takes no room at once', async () => {
  await harness.pve.put('/storage/local', { params: { content: 'iso,images' } });
  const yaml = documents(
    'kind: vm\nname: web-01\nnode: pve1\nha: false\ndisks: { scsi0: { storage: local, size: 60GiB } }\nsystem: { efi: { storage: local-lvm } }\n',
    image('a', '/large-60GiB.iso'),
  );
  const { diagnostics } = await harness.plan(yaml);
  expect(diagnostics).toMatchObject([
    { severity: 'warning', address: 'image/a', detail: expect.stringContaining('together with vm/web-01') },
  ]);
});

it('R-17: a shared storage is one for all nodes', async () => {
  const yaml = documents(
    image('a', '/large-600GiB-a.iso', 'cephfs'),
    image('b', '/large-600GiB-b.iso', 'cephfs').replace('pve1', 'pve2'),
  );
  expect(errorsOf(await harness.plan(yaml))).toMatchObject([{ address: 'image/b', pointer: '/storage' }]);
});

it('what the node cannot find out in time is a warning, and no error', async () => {
  const pve: PveReader = {
    ...harness.pve,
    get: (path, options) =>
      path.endsWith('/query-url-metadata')
        ? harness.pve.get('/nodes/{node}/nothing', { path: { node: 'pve1' } })
        : harness.pve.get(path, options),
  };
  expect((await harness.plan(image('a', '/debian.iso'), { pve })).diagnostics).toMatchObject([
    { severity: 'warning', summary: 'the address is not checked', pointer: '/url' },
  ]);
});
