import { expect, it } from 'vitest';
import type { Harness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, powerByHand, titlesOf } from './guests.ts';
import { useImageLab } from './image-lab.ts';
import type { ImageServer } from './image-server.ts';

let harness: Harness;
let files: ImageServer;
useImageLab((lab) => {
  ({ harness, files } = lab);
});

const mark = (path: string): string => files.checksum(path).slice('sha256:'.length).slice(0, 12);
const from = (path: string, more = ''): string =>
  `{ url: "${files.base}${path}", checksum: "${files.checksum(path)}"${more} }`;
const guest = (media: string, more = ''): string =>
  `kind: vm\nname: web-01\nvmid: 120\nnode: pve1\nha: false\ndisks: { scsi0: { size: 4GiB } }\nos: { media: ${media} }\n${more}`;
const image = (more = ''): string =>
  `kind: image\nname: installer\nstorage: cephfs\nurl: "${files.base}/debian.iso"\nchecksum: "${files.checksum('/debian.iso')}"\n${more}---\n`;
const medium = async (): Promise<unknown> => (await configOf(harness, 120))['ide2'];

it('R-43: a medium from an address is downloaded once for all guests, and put into their drives', async () => {
  const yaml = `${guest(from('/debian.iso'))}---\n${guest(from('/debian.iso')).replace('web-01', 'web-02').replace('120', '121')}`;
  const plan = await harness.apply(yaml);
  const file = `debian-${mark('/debian.iso')}.iso`;
  expect(titlesOf(plan)).toEqual([`download ${file}`, 'create', 'set serial console', 'create', 'set serial console']);
  expect(files.asked).toEqual(['/debian.iso']);
  expect(await medium()).toBe(`cephfs:iso/${file},media=cdrom,size=2M`);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('R-43: another checksum is another medium, put into the drive of the running guest once it is there', async () => {
  await harness.apply(guest('none', 'power: running\n'));
  const yaml = guest(from('/debian-14.iso', ', storage: local'), 'power: running\n');
  const plan = await harness.apply(yaml);
  const file = `local:iso/debian-14-${mark('/debian-14.iso')}.iso`;
  expect(titlesOf(plan)).toEqual([`download ${file.slice('local:iso/'.length)}`, 'change medium ide2']);
  expect(changesOf(plan)).toContainEqual(['os.media', 'none', file]);
  expect(await medium()).toBe(`${file},media=cdrom,size=2M`);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
});

it('a medium is the file of a document of the kind image, by its name and by its volume id', async () => {
  const volid = `cephfs:iso/debian-${mark('/debian.iso')}.iso`;
  const plan = await harness.plan(`${image()}${guest(volid)}`);
  expect(errorsOf(plan)).toEqual([]);
  expect(plan.resources.at(-1)?.dependsOn).toEqual(['image/installer']);
  const yaml = `${image()}${guest('image/installer')}`;
  await harness.apply(yaml);
  expect(await medium()).toBe(`${volid},media=cdrom,size=2M`);
  expect(titlesOf(await harness.plan(yaml))).toEqual([]);
  expect(titlesOf(await harness.plan(`${image()}${guest(volid)}`))).toEqual([]);
});

it('the file in the drive is not asked for again on another storage, nor downloaded where it is gone', async () => {
  await harness.apply(guest(from('/debian.iso', ', storage: local')));
  expect(titlesOf(await harness.plan(guest(from('/debian.iso'))))).toEqual([]);
  expect(titlesOf(await harness.plan(guest(from('/debian.iso', ', storage: cephfs'))))).toEqual([
    `download debian-${mark('/debian.iso')}.iso`,
    'change medium ide2',
  ]);
});

it('a guest that is there gets its medium from an address without losing what else is in it', async () => {
  await createByHand(harness, 120, { name: 'web-01', ide2: 'none,media=cdrom' });
  await powerByHand(harness, 120, 'start');
  const yaml = `defaults: none\n${guest(from('/debian.iso')).replace('disks: { scsi0: { size: 4GiB } }\n', '')}`;
  const plan = await harness.plan(yaml, { adopt: true });
  expect(titlesOf(plan)).toEqual([
    `download debian-${mark('/debian.iso')}.iso`,
    'mark as pvevm’s own',
    'change tags',
    'change medium ide2',
  ]);
});

it.each([
  ['{ url: "http://127.0.0.1/x.iso", storage: ceph-pool }', ['storage is ceph-pool', 'but no iso content']],
  ['image/none', ['image/none', 'no document of this run describes']],
])('R-17: media: %s is an error at its place', async (media, words) => {
  const [error] = errorsOf(await harness.plan(guest(media)));
  expect(error?.range?.line).toBe(7);
  for (const word of words) expect(error?.detail).toContain(word);
});
