import { describe, expect, it } from 'vitest';
import { loadFiles } from './load-text.ts';

const vm = (name: string, more = ''): string => `kind: vm\nname: ${name}\n${more}`;

async function addressesOf(
  files: Readonly<Record<string, string>>,
  inputs: readonly string[] = [],
  stdin = '',
): Promise<readonly string[]> {
  const { resources, diagnostics } = await loadFiles(files, inputs, stdin);
  expect(diagnostics).toEqual([]);
  return resources.map(({ address, range }) => `${address} ${range.file}:${range.line}`);
}

describe('what is read', () => {
  const files = {
    'b.yaml': vm('b'),
    'a.yml': `${vm('a1')}---\n${vm('a2')}`,
    'sub/c.yaml': vm('c'),
    'sub/.d.yaml': 'not read: [',
    '.hidden/e.yaml': 'not read: [',
    'pvevm.yaml': 'kind: project\n',
    'notes.txt': 'not read: [',
  };

  it('are the documents below the current folder, sorted, without hidden ones and project files', async () => {
    expect(await addressesOf(files)).toEqual(['vm/a1 a.yml:1', 'vm/a2 a.yml:4', 'vm/b b.yaml:1', 'vm/c sub/c.yaml:1']);
  });

  it('are files, in the order in which they are named', async () => {
    expect(await addressesOf(files, ['sub/c.yaml', 'b.yaml'])).toEqual(['vm/c sub/c.yaml:1', 'vm/b b.yaml:1']);
  });

  it('is a file once, however often it is named', async () => {
    expect(await addressesOf(files, ['b.yaml', './b.yaml', '.', 'sub/../b.yaml'])).toHaveLength(4);
  });

  it('are the matches of a glob', async () => {
    expect(await addressesOf(files, ['{b,sub/*}.yaml'])).toEqual(['vm/b b.yaml:1', 'vm/c sub/c.yaml:1']);
  });

  it('is a file whose name looks like a glob', async () => {
    expect(await addressesOf({ 'a[1].yaml': vm('a') }, ['a[1].yaml'])).toEqual(['vm/a a[1].yaml:1']);
  });

  it('is standard input, once', async () => {
    expect(await addressesOf({}, ['-', '-'], vm('a'))).toEqual(['vm/a <stdin>:1']);
  });

  it('is text with a byte order mark', async () => {
    expect(await addressesOf({ 'a.yaml': `\ufeff${vm('a')}` })).toEqual(['vm/a a.yaml:1']);
  });
});

describe('the project', () => {
  it('is found in a folder above the document', async () => {
    const { project } = await loadFiles(
      { 'pvevm.yaml': 'kind: project\nstack: lab\nmark: description\n', 'sub/deep/a.yaml': vm('a') },
      ['sub/deep/a.yaml'],
    );
    expect(project).toEqual({ file: 'pvevm.yaml', stack: 'lab', mark: 'description' });
  });

  it('is none where there is no file', async () => {
    expect((await loadFiles({ 'a.yaml': vm('a') })).project).toEqual({ stack: null, mark: 'full' });
  });

  it('belongs to standard input by the current folder', async () => {
    const { project } = await loadFiles({ 'pvevm.yaml': 'kind: project\nstack: lab\n' }, ['-'], vm('a'));
    expect(project.stack).toBe('lab');
  });

  it('is checked, and no resource, where its file is named as an input', async () => {
    const good = await loadFiles({ 'pvevm.yaml': 'kind: project\nstack: lab\n' }, ['pvevm.yaml']);
    expect(good).toMatchObject({ resources: [], diagnostics: [], project: { stack: 'lab' } });
    const bad = await loadFiles({ 'pvevm.yaml': 'kind: project\nstak: lab\n' }, ['pvevm.yaml']);
    expect(bad.diagnostics.map(({ detail }) => detail)).toEqual([
      'A project file has no key "stak". Did you mean stack?',
    ]);
  });

  it('holds one document', async () => {
    const { diagnostics } = await loadFiles({ 'pvevm.yaml': 'kind: project\n---\nkind: project\n', 'a.yaml': vm('a') });
    expect(diagnostics.map(({ summary, range }) => `${range?.file}:${range?.line} ${summary}`)).toEqual([
      'pvevm.yaml:3 several documents',
    ]);
  });

  it('is shared by all documents: some with and some without one are an error', async () => {
    const { diagnostics } = await loadFiles({
      'a.yaml': vm('a'),
      'sub/pvevm.yaml': 'kind: project\n',
      'sub/b.yaml': vm('b'),
    });
    expect(diagnostics.map(({ code, range }) => `${code} ${range?.file}`)).toEqual(['SPEC_INVALID sub/b.yaml']);
  });

  it('that marks nothing wants a vmid in every document', async () => {
    const files = { 'pvevm.yaml': 'kind: project\nmark: none\n', 'a.yaml': vm('a'), 'b.yaml': vm('b', 'vmid: 120\n') };
    const { diagnostics, resources } = await loadFiles(files);
    expect(diagnostics.map(({ detail, address }) => `${address}: ${detail}`)).toEqual([
      'vm/a: pvevm.yaml says mark: none, so that guests are known by their ids alone. Write a vmid.',
    ]);
    expect(resources.map(({ address }) => address)).toEqual(['vm/b']);
  });
});

it('documents without errors come through beside those with errors', async () => {
  const { resources, diagnostics, files } = await loadFiles({
    'a.yaml': `${vm('a')}---\n${vm('b', 'cores: 1\n')}`,
    'c.yaml': 'kind: [',
  });
  expect(resources.map(({ address }) => address)).toEqual(['vm/a']);
  expect(diagnostics.map(({ code }) => code)).toEqual(['SPEC_SYNTAX', 'SPEC_INVALID']);
  expect([...files.keys()]).toEqual(['a.yaml', 'c.yaml']);
});

it('ignored paths stay as they are written', async () => {
  const { resources } = await loadFiles({
    'a.yaml': vm('a', 'ignore: [tags, disks.scsi1, "network.net0.vlan", disks]\n'),
  });
  expect(resources[0]?.spec['ignore']).toEqual(['tags', 'disks.scsi1', 'network.net0.vlan', 'disks']);
});
