import { expect, it } from 'vitest';
import type { Change } from '../../src/core/plan.ts';
import { formatChanges } from '../../src/report/change-text.ts';
import { createTheme } from '../../src/report/theme.ts';

it('shows a text of several lines by the lines that go and come, without obeying what is in them', () => {
  const change: Change = {
    path: 'description',
    key: 'description',
    before: 'The first web server\n\nOwner: ops',
    after: 'The first web server\n\nOwner: \u001b[2Jplatform\nRunbook: wiki',
    effect: 'none',
    state: 'change',
    origin: 'vm.yaml:3:1',
  };
  expect(formatChanges([change], createTheme(false), false).join('\n')).toMatchInlineSnapshot(`
    "      description  changed lines:
                The first web server
              
              - Owner: ops
              + Owner: \\x1b[2Jplatform
              + Runbook: wiki"
  `);
});
