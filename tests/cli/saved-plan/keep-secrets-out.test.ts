import { expect, it } from 'vitest';
import { keepSecretsOut } from '../../../src/cli/saved-plan/keep-secrets-out.ts';
import type { Resource } from '../../../src/core/resource.ts';
import { change, plan, resource, step } from '../../report/plans.ts';

function documentWith(password: string): Resource {
  return {
    ...{ address: 'vm/web-01', kind: 'vm', name: 'web-01', spec: {}, origins: new Map() },
    ...{
      range: { file: 'web.yaml', line: 1, column: 1, length: 1 },
      secrets: new Map([['cloudInit.password', password]]),
    },
  };
}

const writing = (text: string) =>
  plan([
    resource({
      changes: [change({ path: 'description', key: 'description', before: `old ${text}`, after: 'new' })],
      steps: [
        step('vm/web-01#1', 'change description', {
          request: {
            method: 'PUT',
            path: '/nodes/pve1/qemu/104/config',
            params: { description: 'new', digest: 'abc' },
          },
        }),
      ],
    }),
  ]);

it('R-48: what a plan only shows is masked, and what it sends stays as it is', () => {
  const before = writing('s3cr3t-password');
  const kept = keepSecretsOut(before, [documentWith('s3cr3t-password')]);
  expect(kept.resources[0]?.changes[0]?.before).toBe('old ********');
  expect(kept.resources[0]?.steps).toEqual(before.resources[0]?.steps);
  expect(keepSecretsOut(before, [])).toEqual(before);
});

it('R-48: what stands beside the resources is masked too', () => {
  const before = plan([], {
    diagnostics: [
      { severity: 'warning', code: 'SPEC_INVALID', summary: 'odd', detail: "'s3cr3t-password' looks like a word" },
    ],
  });
  const { diagnostics } = keepSecretsOut(before, [documentWith('s3cr3t-password')]);
  expect(diagnostics[0]?.detail).toBe("'********' looks like a word");
});

it('R-48: a request that would send one in clear is named, without it', () => {
  const sending = JSON.parse(JSON.stringify(writing('x')).replace('"new","digest"', '"is s3cr3t-password","digest"'));
  expect(() => keepSecretsOut(sending, [documentWith('s3cr3t-password')])).toThrow(
    expect.objectContaining({ code: 'CONFIG', details: ['vm/web-01: description'] }),
  );
  expect(keepSecretsOut(sending, [documentWith('another-password')])).toEqual(sending);
  const nested = JSON.parse(JSON.stringify(writing('x')).replace('"new","digest"', '["a s3cr3t-password"],"digest"'));
  expect(() => keepSecretsOut(nested, [documentWith('s3cr3t-password')])).toThrow(
    expect.objectContaining({ details: ['vm/web-01: description'] }),
  );
});

it('a password as short as a word is looked for nowhere: it may be the name of the user', () => {
  const sending = JSON.parse(JSON.stringify(writing('ubuntu')).replace('"new","digest"', '"of ubuntu","digest"'));
  expect(keepSecretsOut(sending, [documentWith('ubuntu')])).toEqual(sending);
});
