import { expect, it } from 'vitest';
import { readCandidates } from '../../../../src/kinds/vm/identity/candidates.ts';
import { type FoundGuest, textOf } from '../../../../src/kinds/vm/identity/found.ts';
import { splitDescription } from '../../../../src/kinds/vm/identity/mark.ts';
import { createClusterView } from '../../../../src/pve/cluster.ts';
import type { PveReader } from '../../../../src/pve/reader.ts';

const PROJECT = { stack: null, mark: 'full' } as const;

/** A cluster of one node whose guests are all tagged as ours; the mark of each is what `marks` says, by id. */
async function candidatesOf(marks: ReadonlyMap<number, string>) {
  const read: number[] = [];
  const answers: PveReader['get'] = async (path, { path: values = {} } = {}) => {
    if (path === '/cluster/resources')
      return [
        { type: 'node', node: 'pve1', status: 'online' },
        ...rows.map((row) => ({ ...row, type: 'qemu', node: 'pve1' })),
      ];
    if (path === '/nodes/{node}/qemu') return rows;
    read.push(Number(values['vmid']));
    return [
      { key: 'digest', value: 'd' },
      { key: 'description', value: marks.get(Number(values['vmid'])) },
    ];
  };
  const rows = [...marks.keys()].map((vmid) => ({ vmid, name: `guest-${vmid}`, tags: 'pvevm', status: 'stopped' }));
  const cluster = createClusterView({ get: answers });
  const candidates = await readCandidates(PROJECT, cluster, async ({ node, vmid }): Promise<FoundGuest> => {
    const config = await cluster.pending(node, vmid);
    const { mark } = splitDescription(textOf(config, 'description') ?? '');
    return { type: 'found', node, vmid, config, running: false, owned: false, mark };
  });
  return { candidates, read };
}

const numbered = (count: number): Map<number, string> =>
  new Map(Array.from({ length: count }, (_, index) => [101 + index, `pvevm:-:vm/guest-${101 + index}:${101 + index}`]));

it('finds the guests of a name, in the order of their ids', async () => {
  const { candidates, read } = await candidatesOf(numbered(3));
  expect(candidates.named('guest-102')).toEqual([{ node: 'pve1', vmid: 102, name: 'guest-102' }]);
  expect(candidates.named('other')).toEqual([]);
  expect(candidates.oursAnd('guest-102').map(({ vmid }) => vmid)).toEqual([101, 102, 103]);
  expect(read).toEqual([]);
});

it('R-52: reads each guest once, however many addresses are looked for and not found', async () => {
  const { candidates, read } = await candidatesOf(numbered(50));
  for (let index = 0; index < 20; index += 1) expect(await candidates.marked(`vm/new-${index}`)).toBeUndefined();
  expect(read).toEqual([...numbered(50).keys()]);
});

it('finds a mark by its address, and reads no further than the reads that are on their way', async () => {
  const { candidates, read } = await candidatesOf(numbered(50).set(103, 'pvevm:-:vm/renamed:103'));
  expect(await candidates.marked('vm/renamed')).toMatchObject({ vmid: 103 });
  expect(read.length).toBeLessThan(20);
  expect(await candidates.marked('vm/guest-101')).toMatchObject({ vmid: 101 });
});

it('of two guests with one mark the first counts; a copied mark, and one of another stack, are none', async () => {
  const marks = numbered(5).set(102, 'pvevm:-:vm/a:101').set(103, 'pvevm:lab:vm/a:103').set(104, 'pvevm:-:vm/a:104');
  const { candidates } = await candidatesOf(marks.set(105, 'pvevm:-:vm/a:105'));
  expect(await candidates.marked('vm/a')).toMatchObject({ vmid: 104 });
});
