import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf } from './guests.ts';
import { type ImageServer, startImageServer } from './image-server.ts';

const NODES = ['pve1', 'pve2', 'pve3'];
const GUESTS = 200;

let harness: Harness;
let files: ImageServer;
beforeAll(async () => {
  files = await startImageServer();
  harness = await startHarness();
  for (let index = 0; index < GUESTS; index += 1) {
    const folder = join(harness.sandbox.directory, 'nodes', NODES[index % 3] ?? '', 'qemu-server');
    mkdirSync(folder, { recursive: true });
    const vmid = 1000 + index;
    const mark = `#pvevm%3A-%3Avm/guest-${index}%3A${vmid}`;
    writeFileSync(
      join(folder, `${vmid}.conf`),
      `${mark}\ncores: 2\nmemory: 2048\nname: guest-${index}\ntags: pvevm;web\n`,
    );
  }
  harness.sandbox.reload();
});
afterAll(async () => {
  await harness.close();
  files.close();
});

/** So many documents, each made by its number. */
function documents(count: number, document: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => document(index)).join('---\n');
}

/** The paths of the requests that a plan sends: reads alone. */
async function requestsOf(yaml: string): Promise<readonly string[]> {
  const from = harness.sandbox.requests.length;
  const plan = await harness.plan(yaml);
  expect(errorsOf(plan)).toEqual([]);
  const sent = harness.sandbox.requests.slice(from);
  expect(sent.map(({ method }) => method).filter((method) => method !== 'GET')).toEqual([]);
  return sent.map(({ path }) => path);
}

/** What so many guests may cost on three nodes, whose documents name the content of so many storages. */
const bound = (guests: number, storages = 1): number => guests + 3 * NODES.length + storages + 10;
const there =
  (more = '') =>
  (index: number): string =>
    guest(`guest-${index}`, more);
const guest = (name: string, more: string): string => `kind: vm\nname: ${name}\nmemory: { size: 4GiB }\n${more}`;

it.each([1, GUESTS])('R-52: a plan of %i guests by name, with tags and a medium', async (count) => {
  const more = 'tags: [db]\nos: { media: { storage: cephfs, latest: "*nixos*.iso" } }\n';
  const paths = await requestsOf(documents(count, there(more)));
  expect(paths.filter((path) => path.endsWith('/pending'))).toHaveLength(count);
  expect(paths.length).toBeLessThanOrEqual(bound(count));
  expect(paths.filter((path) => path.includes('/agent'))).toEqual([]);
});

it.each([1, GUESTS])('R-52: a plan of %i guests by id', async (count) => {
  const paths = await requestsOf(documents(count, (index) => guest(`guest-${index}`, `vmid: ${1000 + index}\n`)));
  expect(paths.length).toBeLessThanOrEqual(bound(count));
});

it.each([1, GUESTS])('R-52: a plan of %i guests with a firewall sends 4 more for each', async (count) => {
  const more = 'firewall: { enabled: true, rules: [], aliases: { a1: 10.0.0.1 }, ipSets: { s1: {} } }\n';
  const paths = await requestsOf(documents(count, there(more)));
  expect(paths.filter((path) => /qemu.*\/firewall\//.test(path)).length).toBeLessThanOrEqual(4 * count);
  expect(paths.length).toBeLessThanOrEqual(bound(count) + 4 * count);
});

it.each([1, 40])('R-52: a plan of %i guests that go where there is room', async (count) => {
  const added = documents(count, (index) => guest(`new-${index}`, 'ha: false\n'));
  const paths = await requestsOf(`${documents(GUESTS, there())}---\n${added}`);
  // A token that sees all guests asks for no id by itself; the disks lie on ceph-pool.
  expect(paths.filter((path) => path.endsWith('/nextid'))).toHaveLength(1);
  // Each shared storage is looked at once, and not by each node that gets a guest.
  expect(paths.filter((path) => path.endsWith('/content'))).toHaveLength(2);
  expect(paths.length).toBeLessThanOrEqual(bound(GUESTS + count, 2));
});

it('R-52: a plan of new guests beside as many of one’s own that no document describes', async () => {
  const added = documents(GUESTS, (index) => guest(`new-${index}`, 'ha: false\n'));
  // Each of the others is read once: it might be a document's, renamed by hand.
  expect((await requestsOf(added)).length).toBeLessThanOrEqual(bound(GUESTS, 2));
  const written = documents(GUESTS, (index) => guest(`new-${index}`, `ha: false\nvmid: ${2000 + index}\n`));
  expect((await requestsOf(written)).length).toBeLessThanOrEqual(bound(GUESTS, 2));
});

it('R-52: a plan of guests from one image asks for it once', async () => {
  const disk = `disks:\n  scsi0: { storage: local-lvm, image: { url: "${files.base}/debian.raw", checksum: "${files.checksum('/debian.raw')}" } }\n`;
  const paths = await requestsOf(
    documents(20, (index) => guest(`from-image-${index}`, `node: pve1\nha: false\n${disk}`)),
  );
  expect(paths.filter((path) => path.endsWith('/query-url-metadata'))).toHaveLength(1);
  const without = paths.filter((path) => !path.endsWith('/pending'));
  // The guests that are there were read besides: one of them might be a document's, renamed by hand.
  expect(without.length).toBeLessThanOrEqual(bound(20));
});
