import { expect, it } from 'vitest';
import { continuationOf } from '../../../src/cli/run/continuation.ts';

it('repeats what decides over cluster and plan, quoted for a shell', () => {
  expect(
    continuationOf('apply', ['vm.yaml', "it's/*.yaml"], {
      endpoint: ['https://pve1:8006'],
      ...{ tokenFile: 't', ca: 'ca.pem', adopt: 'lab', allow: ['data-loss', 'restart'], yes: true, json: false },
    }),
  ).toBe(
    `pvevm apply --endpoint https://pve1:8006 --token-file t --ca ca.pem --adopt=lab --allow data-loss,restart vm.yaml 'it'\\''s/*.yaml'`,
  );
});

it('keeps options with an optional value apart from the paths', () => {
  expect(continuationOf('destroy', ['vm.yaml'], { sandbox: '', adopt: '' })).toBe(
    'pvevm destroy --sandbox --adopt vm.yaml',
  );
});

it('repeats the context, and every fingerprint', () => {
  expect(continuationOf('apply', ['vm.yaml'], { context: 'my lab', fingerprint: ['AA:BB', 'CC'] })).toBe(
    "pvevm apply --context 'my lab' --fingerprint AA:BB --fingerprint CC vm.yaml",
  );
});

it('repeats the variables that were given, and their files', () => {
  const options = { var: new Map([['name', 'web 1']]), varFile: ['a.yaml', 'b.yaml'] };
  expect(continuationOf('apply', ['vm.yaml'], options)).toBe(
    "pvevm apply --var 'name=web 1' --var-file a.yaml --var-file b.yaml vm.yaml",
  );
});

it('R-48: leaves out the value of a variable that is a secret, however short', () => {
  const options = { var: new Map([['pw', 'x7']]), rotateSecrets: true };
  expect(continuationOf('apply', ['vm.yaml'], options, new Set(['x7']))).toBe(
    "pvevm apply --rotate-secrets --var 'pw=********' vm.yaml",
  );
});

it('R-22: repeats what a failure is to do, and how much is done at a time', () => {
  expect(
    continuationOf('apply', ['vm.yaml'], { parallelism: 2, failFast: true, rollbackOnFailure: true, yes: true }),
  ).toBe('pvevm apply --parallelism 2 --fail-fast --rollback-on-failure vm.yaml');
});

it('R-27: repeats how much a node and a storage take at a time', () => {
  expect(continuationOf('apply', ['vm.yaml'], { parallelismPerNode: 2, parallelismPerStorage: 1 })).toBe(
    'pvevm apply --parallelism-per-node 2 --parallelism-per-storage 1 vm.yaml',
  );
});

it('R-22: repeats which guests are meant, and what is asked of them', () => {
  const options = { only: ['vm/a', 'tag:ci'], prune: true, renew: true, insecure: true, audit: 'my log' };
  expect(continuationOf('apply', [], options)).toBe(
    "pvevm apply --insecure --renew --prune --only vm/a --only tag:ci --audit 'my log'",
  );
  expect(continuationOf('apply', [], { insecure: false, prune: false, renew: false, failFast: false })).toBe(
    'pvevm apply',
  );
});
