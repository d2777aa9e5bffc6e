import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import { ansibleInventory, ansibleYaml } from '../../../src/report/outputs/ansible-inventory.ts';
import { type GuestOutput, hostOf } from '../../../src/report/outputs/guest-output.ts';
import { formatGuests } from '../../../src/report/outputs/guests-text.ts';
import { formatShell, shellWord } from '../../../src/report/outputs/shell-text.ts';
import { formatSshConfig } from '../../../src/report/outputs/ssh-config-text.ts';
import { createTheme } from '../../../src/report/theme.ts';

const web: GuestOutput = {
  ...{ address: 'vm/web-01', name: 'web-01', state: 'running', node: 'pve1', vmid: 101, host: '10.0.0.5' },
  ...{ addresses: [], user: 'ci', tags: [] },
};
const seen = (address: string, device: string | null = 'net0') => ({ address, interface: 'eth0', device });

describe('the address of a guest', () => {
  it('is one of its own network devices before all others', () => {
    expect(hostOf({ addresses: [seen('172.17.0.1', null), seen('10.0.0.5')] })).toBe('10.0.0.5');
    expect(hostOf({ addresses: [seen('172.17.0.1', null)] })).toBe('172.17.0.1');
    expect(hostOf({ addresses: [seen('2001:db8::5')] })).toBe('2001:db8::5');
  });

  it('R-50: is nothing that an agent says and that is no IP address', () => {
    const hostile = ['$(reboot)', "10.0.0.5'; reboot", '-oProxyCommand=reboot', 'fe80::1%$(reboot)', '{{ 1 }}', ''];
    for (const address of hostile) expect(hostOf({ addresses: [seen(address)] })).toBeNull();
  });
});

describe('variables for a shell', () => {
  it('R-50: hold any text as it is, and carry nothing out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/\p{Cc}/u.test(text));
        const { stdout } = spawnSync('sh', ['-c', `${formatShell(new Map([['X', text]]))}printf %s "$X"`], {
          encoding: 'utf8',
        });
        expect(stdout).toBe(text);
      }),
      { numRuns: 30, examples: [["'; echo no; '"], ['$(echo no)'], ['`echo no`'], ['\\'], ['"$HOME"']] },
    );
  });

  it('are taken away where there is no value, or one that is no text', () => {
    const variables = new Map([
      ['A', undefined],
      ['B', 'x\ny'],
      ['C', 'it’s'],
    ]);
    expect(formatShell(variables)).toBe("unset A\nunset B\nexport C='it’s'\n");
    expect(shellWord("it's")).toBe("'it'\\''s'");
  });
});

describe('an ssh config and an inventory', () => {
  it.each([
    ['name', { name: 'web-*' }],
    ['name', { name: '-oProxyCommand=x' }],
    ['name', { name: 'web\n  ProxyCommand x' }],
    ['user', { user: '%h' }],
    ['user', { user: 'ci\n  ProxyCommand x' }],
    ['user', { user: '{{ lookup("pipe", "id") }}' }],
  ])('R-50: refuse a %s that would be misread: %j', (_what, change) => {
    for (const format of [formatSshConfig, ansibleInventory, ansibleYaml])
      expect(() => format([{ ...web, ...change }])).toThrow(PvevmError);
  });

  it('leave guests out whose address is not known', () => {
    const guests = [web, { ...web, name: 'web-02', host: null }, { ...web, name: 'web-03', vmid: null }];
    expect(formatSshConfig(guests)).not.toMatch(/web-0[23]/);
    expect(JSON.stringify(ansibleInventory(guests))).not.toMatch(/web-0[23]/);
  });

  it('R-50: leave a node out whose name could be a template', () => {
    expect(JSON.stringify(ansibleInventory([{ ...web, node: '{{ x }}' }]))).not.toContain('{{');
  });

  it('are the same bytes whatever the order of the guests', () => {
    const other = { ...web, name: 'a-01', tags: ['x', 'b'] };
    expect(ansibleYaml([web, other])).toBe(ansibleYaml([other, web]));
  });
});

it('R-50: the lines for people hold no control character', () => {
  const text = formatGuests([{ ...web, node: 'pve\u001b[2J' }], createTheme(false));
  expect(text).toContain('pve\\x1b[2J');
});
