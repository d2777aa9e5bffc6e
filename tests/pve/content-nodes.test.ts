import { expect, it } from 'vitest';
import type { StorageRow } from '../../src/pve/cluster-rows.ts';
import { createContentNodes } from '../../src/pve/content-nodes.ts';

function row(storage: string, node: string, shared: boolean, status = 'available'): StorageRow {
  return { storage, node, shared, status, content: ['iso'], maxdisk: 0, disk: 0, plugintype: 'dir' };
}

const storages = [
  ...['pve1', 'pve2', 'pve3'].map((node) => row('cephfs', node, true, node === 'pve3' ? 'unknown' : 'available')),
  ...['pve1', 'pve2'].map((node) => row('local', node, false)),
];

it('R-52: of a shared storage one node is asked, and of any other each', () => {
  const nodes = createContentNodes();
  expect(nodes.of('pve2', 'cephfs', 'iso', storages)).toBe('pve2');
  expect(nodes.of('pve1', 'cephfs', 'iso', storages)).toBe('pve2');
  expect(nodes.of('pve1', 'cephfs', 'snippets', storages)).toBe('pve1');
  expect(nodes.of('pve1', 'local', 'iso', storages)).toBe('pve1');
  expect(nodes.of('pve2', 'local', 'iso', storages)).toBe('pve2');
});

it('a node on which the shared storage is not available is asked itself, and so is one of which nothing is known', () => {
  const nodes = createContentNodes();
  expect(nodes.of('pve1', 'cephfs', 'iso', storages)).toBe('pve1');
  expect(nodes.of('pve3', 'cephfs', 'iso', storages)).toBe('pve3');
  expect(nodes.of('pve2', 'cephfs', 'iso', [])).toBe('pve2');
});

it('what was asked is forgotten with the answers', () => {
  const nodes = createContentNodes();
  nodes.of('pve1', 'cephfs', 'iso', storages);
  nodes.forget();
  expect(nodes.of('pve2', 'cephfs', 'iso', storages)).toBe('pve2');
});
