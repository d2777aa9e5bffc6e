import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

describe('schema', () => {
  // A validator that knows no file but the one that was printed.
  const compile = (text: string) => new Ajv({ strict: false }).compile(JSON.parse(text) as object);

  it.each([[[]], [['vm']], [['project']]])('prints a schema that is whole: %j', async (kind) => {
    const { code, stdout, stderr } = await runCli(['schema', ...kind]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(() => compile(stdout)).not.toThrow();
    expect(stdout).not.toMatch(/"\$ref": "[^#]/);
  });

  it('means by any document what the kinds mean', async () => {
    const validate = compile((await runCli(['schema'])).stdout);
    expect(validate({ kind: 'vm', name: 'a', disks: { scsi0: { size: '1GiB' } } })).toBe(true);
    expect(validate({ kind: 'vm', name: 'a', disks: { scsi0: { size: 1 } } })).toBe(false);
    expect(validate({ kind: 'project', defaults: { vm: { disks: { '*': { storage: 'a1' } } } } })).toBe(true);
    expect(validate({ kind: 'project', defaults: { vm: { name: 'a' } } })).toBe(false);
    expect(validate({ kind: 'wm' })).toBe(false);
  });

  it('lists the kinds', async () => {
    expect((await runCli(['schema', '--list'])).stdout.split('\n')).toContain('vm');
    expect(JSON.parse((await runCli(['schema', '--list', '--json'])).stdout)).toMatchObject({
      kinds: expect.arrayContaining(['vm', 'project']),
    });
  });
});
