import { describe, expect, it } from 'vitest';
import type { StepRequest } from '../../../src/core/step.ts';
import { hasFields, isListed, ruleOutcome } from '../../../src/engine/recovery/list-outcome.ts';

const RULES = '/nodes/pve1/qemu/101/firewall/rules';
const row = (comment: string): Row => ({ action: 'ACCEPT', comment });
const [A, B, C, X] = [row('a'), row('b'), row('c'), row('x')] as const;
type Row = Readonly<Record<string, string>>;

const post: StepRequest = { method: 'POST', path: RULES, params: { ...X } };
const remove = (at: number): StepRequest => ({ method: 'DELETE', path: `${RULES}/${at}`, params: { digest: 'd' } });
const move = (at: number, moveto: number): StepRequest => ({
  method: 'PUT',
  path: `${RULES}/${at}`,
  params: { moveto },
});
const edit = (at: number): StepRequest => ({ method: 'PUT', path: `${RULES}/${at}`, params: { ...X, digest: 'd' } });

describe('R-22: what a look at a list of rules says of an edit whose answer was lost', () => {
  it.each([
    ['a rule that was added', post, [A, B], [X, A, B]],
    ['a rule that was removed', remove(1), [A, B, C], [A, C]],
    ['a rule that was moved down', move(0, 2), [A, B, C], [B, A, C]],
    ['a rule that was moved up', move(2, 0), [A, B, C], [C, A, B]],
    ['a rule that was changed', edit(1), [A, B, C], [A, X, C]],
  ] as const)('%s is done', (_name, request, planned, rows) => {
    expect(ruleOutcome(request, planned, rows)).toBe('done');
  });

  it.each([post, remove(1), move(0, 2), edit(1)])('a list as it was is not done: %j', (request) => {
    expect(ruleOutcome(request, [A, B, C], [A, B, C])).toBe('not-done');
  });

  it.each([
    ['a rule that somebody else has put at the end', post, [A, B], [A, B, C]],
    ['two rules more', post, [A], [X, C, A]],
    ['another rule that was removed', remove(1), [A, B, C], [A, B]],
    ['a rule at another place', move(0, 2), [A, B, C], [B, C, A]],
    ['a change beside that of somebody else', edit(1), [A, B, C], [A, X]],
    ['another change', edit(1), [A, B, C], [A, { ...X, comment: 'y' }, C]],
  ] as const)('%s is nothing that anybody can tell', (_name, request, planned, rows) => {
    expect(ruleOutcome(request, planned, rows)).toBe('unclear');
  });
});

describe('R-22: whether an object is in its list', () => {
  const ipset = '/nodes/pve1/qemu/101/firewall/ipset';

  it('is told by its name, whatever the case, and with the length that a single address has', () => {
    const add: StepRequest = { method: 'POST', path: ipset, params: { name: 'Admins' } };
    expect(isListed(add, [{ name: 'admins' }])).toBe(true);
    expect(isListed(add, [{ name: 'others' }])).toBe(false);
    const entry: StepRequest = { method: 'DELETE', path: `${ipset}/admins/10.0.0.1%2F32`, params: {} };
    expect(isListed(entry, [{ cidr: '10.0.0.1' }])).toBe(true);
    expect(isListed(entry, [{ cidr: '10.0.0.2' }])).toBe(false);
  });

  it('is told of a set that gets another comment by that', () => {
    const rename: StepRequest = { method: 'POST', path: ipset, params: { name: 'a', rename: 'a', comment: 'new' } };
    expect(isListed(rename, [{ name: 'a', comment: 'new' }])).toBe(true);
    expect(isListed(rename, [{ name: 'a', comment: 'old' }])).toBe(false);
  });

  it('has every value that was set, and none that was deleted', () => {
    const request: StepRequest = {
      method: 'PUT',
      path: ipset,
      params: { enable: true, delete: 'dhcp,ndp', digest: 'd' },
    };
    expect(hasFields({ enable: '1' }, request)).toBe(true);
    expect(hasFields({ enable: '0' }, request)).toBe(false);
    expect(hasFields({ enable: '1', ndp: '1' }, request)).toBe(false);
  });
});
