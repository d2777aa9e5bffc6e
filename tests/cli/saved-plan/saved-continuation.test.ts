import { expect, it } from 'vitest';
import { savedContinuation } from '../../../src/cli/saved-plan/saved-continuation.ts';
import type { Resource } from '../../../src/core/resource.ts';

const RESOURCE: Resource = {
  ...{ address: 'vm/web', kind: 'vm', name: 'web', spec: {}, origins: new Map() },
  ...{
    range: { file: 'web.yaml', line: 1, column: 1, length: 1 },
    secrets: new Map([['cloudInit.password', 'x7']]),
  },
};

it('R-48: leaves out the value of a variable that is a secret of the documents', () => {
  const given = new Map([
    ['pw', 'x7'],
    ['size', '4GiB'],
  ]);
  expect(savedContinuation('plan.json', { var: given }, [RESOURCE])).toBe(
    "pvevm apply --var 'pw=********' --var size=4GiB plan.json",
  );
});

it('keeps the cluster, and leaves out what says what a plan is made of', () => {
  const making = { prune: true, only: ['vm/web'], renew: true, rotateSecrets: true, adopt: '' };
  expect(savedContinuation('my plan', { ...making, context: 'lab' }, [])).toBe("pvevm apply --context lab 'my plan'");
});
