import { expect, it } from 'vitest';
import type { Change } from '../../src/core/plan.ts';
import { formatChanges } from '../../src/report/plan/change-text.ts';
import { createTheme } from '../../src/report/theme.ts';

const ssh = { direction: 'in', action: 'ACCEPT', macro: 'SSH' };
const drop = { direction: 'in', action: 'DROP', source: '10.0.0.0/8' };

function shown(before: Change['before'], after: Change['after']): readonly string[] {
  const change: Change = {
    ...{ path: 'firewall.rules', key: 'firewall.rules', before, after },
    ...{ effect: 'live', state: 'change', origin: 'vm.yaml:4:3' },
  };
  return formatChanges([change], { theme: createTheme(false), width: 100, origins: false });
}

it('rules that come and go are shown one a line', () => {
  expect(shown([drop], [ssh, drop])).toEqual([
    '      firewall.rules  changed lines:  live',
    '          + direction in, action ACCEPT, macro SSH',
    '            direction in, action DROP, source 10.0.0.0/8',
  ]);
});

it('of a list that becomes empty, or was, the other side says so', () => {
  expect(shown([ssh], [])).toEqual([
    '      firewall.rules  changed lines:  live',
    '          - direction in, action ACCEPT, macro SSH',
    '          + (none)',
  ]);
});
