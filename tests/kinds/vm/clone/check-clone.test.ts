import { expect, it } from 'vitest';
import { checkVm } from '../../../../src/kinds/vm/check.ts';
import { loadOne } from '../../../spec/load-text.ts';

async function findings(body: string): Promise<readonly (string | undefined)[]> {
  const found = checkVm(await loadOne(`kind: vm\nname: x\n${body}\n`));
  return found.map(({ pointer, summary }) => `${pointer} ${summary}`);
}

it.each([
  'clone: tpl',
  'clone: 9000',
  'clone: null',
  'clone: { from: vm/tpl, mode: full, storage: local-lvm, snapshot: before }',
  'clone: { from: { tag: golden }, mode: linked }',
  'clone: tpl\ntemplate: true',
  'template: true\nha: false\npower: stopped',
])('finds nothing wrong with %j', async (body) => {
  expect(await findings(body)).toEqual([]);
});

it.each([
  ['clone: x', '/clone/from a guest cannot be cloned from itself'],
  ['clone: vm/x', '/clone/from a guest cannot be cloned from itself'],
  ['clone: 120\nvmid: 120', '/clone/from a guest cannot be cloned from itself'],
  ['clone: { from: t, mode: linked, storage: s1 }', '/clone/storage a linked clone has no storage of its own'],
  ['clone: { from: t, mode: linked, snapshot: s1 }', '/clone/snapshot a linked clone is not made from a snapshot'],
  ['template: true\npower: running', '/power a template does not run'],
  ['template: true\nha: true', '/ha a template is not highly available'],
])('R-17: %j is wrong before anything is asked', async (body, finding) => {
  expect(await findings(body)).toEqual([finding]);
});

it('R-36: a document with clone takes no built-in defaults, unless it says so', async () => {
  const spec = async (more: string): Promise<unknown> => (await loadOne(`kind: vm\nname: x\nclone: tpl\n${more}`)).spec;
  expect(await spec('')).toEqual({ kind: 'vm', name: 'x', clone: { from: 'tpl' }, defaults: 'none' });
  expect(await spec('defaults: builtin\n')).toMatchObject({ defaults: 'builtin', cpu: { cores: 2 } });
});
