import { describe, expect, it } from 'vitest';
import { loadFiles } from './load-text.ts';

const HEAD = 'kind: vm\nname: web\n';

describe('a secret of a document', () => {
  it('stands in no spec and in no origin, but beside them', async () => {
    const text = `${HEAD}cloudInit: { password: "\${env.PW}" }\n`;
    const { resources, diagnostics } = await loadFiles({ 'vm.yaml': text }, [], '', { env: { PW: 'hunter-22' } });
    const [resource] = resources;
    expect(diagnostics).toEqual([]);
    expect(resource?.spec['cloudInit']).toMatchObject({ password: '{secret:cloudInit.password}' });
    expect([...(resource?.secrets ?? [])]).toEqual([['cloudInit.password', 'hunter-22']]);
    expect(JSON.stringify([resource?.spec, [...(resource?.origins ?? [])]])).not.toContain('hunter-22');
  });

  it('is told as soon as it is known, however wrong the document is', async () => {
    const told: string[] = [];
    const text = `${HEAD}nothing: 1\ncloudInit: { password: hunter-22 }\n---\n${HEAD}cloudInit: { password: [a-list] }\n`;
    await loadFiles({ 'vm.yaml': text }, [], '', { tellSecret: (secret) => told.push(secret) });
    expect(told).toEqual(expect.arrayContaining(['hunter-22', 'a-list']));
  });

  it('differs from one instance to the next', async () => {
    const text = `${HEAD}each: [{ pw: one-11 }, { pw: two-22 }]\ncloudInit: { password: "\${each.pw}" }\n`;
    const { resources } = await loadFiles({ 'vm.yaml': text });
    expect(resources.map(({ secrets }) => secrets?.get('cloudInit.password'))).toEqual(['one-11', 'two-22']);
  });

  it('keeps the digits of a password that looks like a number', async () => {
    const text = `${HEAD}cloudInit: { password: "\${env.PW}" }\n`;
    const { resources } = await loadFiles({ 'vm.yaml': text }, [], '', { env: { PW: '0123' } });
    expect(resources[0]?.secrets?.get('cloudInit.password')).toBe('0123');
  });

  it('loses one line break at the end of its file, and no more', async () => {
    const text = `${HEAD}cloudInit: { password: "\${file:pw}" }\n`;
    const { resources } = await loadFiles({ 'vm.yaml': text, pw: ' hunter-22 \n' }, ['vm.yaml']);
    expect(resources[0]?.secrets?.get('cloudInit.password')).toBe(' hunter-22 ');
  });

  it('may be null, which is no secret', async () => {
    const { resources, diagnostics } = await loadFiles({ 'vm.yaml': `${HEAD}cloudInit: { password: null }\n` });
    expect(diagnostics).toEqual([]);
    expect(resources[0]?.spec['cloudInit']).toMatchObject({ password: null });
    expect(resources[0]?.secrets).toBeUndefined();
  });

  it('is warned of where it stands in the file, without its length', async () => {
    const { diagnostics } = await loadFiles({ 'vm.yaml': `${HEAD}cloudInit: { password: hunter-22-and-more }\n` });
    expect(diagnostics).toMatchObject([
      { severity: 'warning', summary: 'a secret in the document', range: { line: 3, column: 24, length: 8 } },
    ]);
  });
});
