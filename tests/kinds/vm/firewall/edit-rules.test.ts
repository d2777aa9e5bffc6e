import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editRules } from '../../../../src/kinds/vm/firewall/edit-rules.ts';
import { matchRules } from '../../../../src/kinds/vm/firewall/match-rules.ts';
import type { RuleEdit } from '../../../../src/kinds/vm/firewall/rule-list.ts';
import { type FirewallRule, ruleFromApi } from '../../../../src/pve/codecs/firewall-rule.ts';

const ACTIONS = ['ACCEPT', 'DROP', 'REJECT'] as const;
// What a rule matches is the set of the letters in `dport`; a packet is one letter.
const PACKETS = ['a', 'b', 'c', 'd'];
const ports = fc.subarray(PACKETS, { minLength: 1 }).map((letters) => letters.join(','));

const rule: fc.Arbitrary<FirewallRule> = fc
  .record({
    action: fc.constantFrom(...ACTIONS),
    dport: ports,
    enable: fc.constantFrom('0', '1', '1', '1'),
    comment: fc.constantFrom('', '', 'x', 'y'),
  })
  .map(({ action, dport, enable, comment }) => ({
    ...{ type: 'in', action, proto: 'tcp', dport, enable },
    ...(comment === '' ? {} : { comment }),
  }));

const lists = fc.tuple(fc.array(rule, { maxLength: 7 }), fc.array(rule, { maxLength: 7 })).chain(([left, right]) =>
  // Half of the rules of the second list come from the first, in any order.
  fc.tuple(fc.constant(left), fc.shuffledSubarray([...left, ...right])),
);

/** The list after an edit, as Proxmox VE makes it: added at the top, moved before the rule that `moveto` names. */
function carriedOut(
  list: readonly FirewallRule[],
  { method, position = 0, params }: RuleEdit,
): readonly FirewallRule[] {
  const texts = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
  if (method === 'POST') return [texts, ...list];
  if (method === 'DELETE') return list.filter((_rule, index) => index !== position);
  const { moveto, delete: deleted = '', ...changed } = texts;
  const chosen = list[position] as FirewallRule;
  if (moveto !== undefined) {
    const to = Number(moveto);
    const moved = list.flatMap((other, index) => (index === position ? [] : index === to ? [chosen, other] : [other]));
    return to >= list.length ? [...moved, chosen] : moved;
  }
  const kept = Object.entries(chosen).filter(([key]) => !deleted.split(',').includes(key));
  return list.map((other, index) => (index === position ? { ...Object.fromEntries(kept), ...changed } : other));
}

function verdict(list: readonly FirewallRule[], packet: string): string {
  const match = list.find(({ enable, dport = '' }) => enable === '1' && dport.split(',').includes(packet));
  return match?.['action'] ?? 'policy';
}

function states(live: readonly FirewallRule[], wanted: readonly FirewallRule[], inEffect: boolean) {
  const { before, after } = editRules(live, wanted, inEffect);
  const edits = [...before, ...after];
  let list = live;
  const seen = [list];
  for (const edit of edits) {
    expect(edit.found).toEqual(list);
    list = carriedOut(list, edit);
    seen.push(list);
  }
  return { edits, seen, last: list };
}

const canonical = (list: readonly FirewallRule[]): readonly FirewallRule[] => list.map(ruleFromApi);
const RUNS = { numRuns: 400, seed: 20_260_801 };

it.each([true, false])('R-40: any list of rules becomes any other, in effect: %s', (inEffect) => {
  fc.assert(
    fc.property(lists, ([live, wanted]) => {
      expect(canonical(states(live, wanted, inEffect).last)).toEqual(canonical(wanted));
    }),
    RUNS,
  );
});

it('R-40: a rule that both lists have is never missing in between', () => {
  fc.assert(
    fc.property(lists, ([live, wanted]) => {
      const { seen } = states(live, wanted, true);
      // What is said beside a rule, its comment, may change on the way.
      const texts = (list: readonly FirewallRule[]): readonly string[] =>
        list
          .filter(({ enable }) => enable === '1')
          .map(({ comment: _, ...traffic }) => JSON.stringify(ruleFromApi(traffic)));
      const both = texts(live).filter((text) => texts(wanted).includes(text));
      for (const list of seen) expect(texts(list)).toEqual(expect.arrayContaining([...both]));
    }),
    RUNS,
  );
});

it('at every moment each packet meets what the old or what the new list says of it', () => {
  fc.assert(
    fc.property(lists, ([live, wanted]) => {
      for (const list of states(live, wanted, true).seen) {
        for (const packet of PACKETS) {
          expect([verdict(live, packet), verdict(wanted, packet)]).toContain(verdict(list, packet));
        }
      }
    }),
    RUNS,
  );
});

it('R-40: no more requests than the rules that come, go, move and change need', () => {
  fc.assert(
    fc.property(lists, ([live, wanted]) => {
      const { source, kept } = matchRules(canonical(live), canonical(wanted));
      const fresh = source.filter((position) => position === undefined).length;
      const gone = live.length - (wanted.length - fresh);
      const moved = wanted.length - fresh - kept.size;
      // A rule that filters is added off, put into its place and turned on.
      expect(states(live, wanted, true).edits.length).toBeLessThanOrEqual(3 * fresh + gone + 2 * moved + kept.size);
      expect(states(live, wanted, false).edits.length).toBeLessThanOrEqual(2 * fresh + gone + 2 * moved + kept.size);
    }),
    RUNS,
  );
});

it('R-40: equal lists need nothing', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), (list) => {
      expect(states(list, canonical(list), true).edits).toEqual([]);
    }),
    RUNS,
  );
});

const accept = (dport: string, more: FirewallRule = {}): FirewallRule => ({
  ...{ type: 'in', action: 'ACCEPT', proto: 'tcp', dport, enable: '1' },
  ...more,
});
const drop = (dport: string): FirewallRule => ({ ...accept(dport), action: 'DROP' });
const requests = (live: readonly FirewallRule[], wanted: readonly FirewallRule[], inEffect: boolean) =>
  states(live, wanted, inEffect).edits.map(({ method, position, params }) =>
    [method, position, params].filter((part) => part !== undefined),
  );

it('new rules of a guest that filters nothing yet are added last one first', () => {
  expect(requests([], [accept('22'), drop('80')], false).map(([method, params]) => [method, params])).toMatchObject([
    ['POST', { dport: '80', enable: 1 }],
    ['POST', { dport: '22', enable: 1 }],
  ]);
});

it('a new rule in the middle is added off, put into its place, and turned on', () => {
  expect(requests([drop('1'), accept('2')], [drop('1'), accept('3'), accept('2')], true)).toEqual([
    ['POST', { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '3', enable: 0 }],
    ['PUT', 0, { moveto: 2 }],
    ['PUT', 1, { enable: 1 }],
  ]);
});

it('a rule that moves is moved by one request', () => {
  expect(requests([drop('1'), accept('2'), accept('3')], [accept('3'), drop('1'), accept('2')], true)).toEqual([
    ['PUT', 2, { moveto: 0 }],
  ]);
  expect(requests([drop('1'), accept('2'), accept('3')], [accept('2'), accept('3'), drop('1')], true)).toEqual([
    ['PUT', 0, { moveto: 3 }],
  ]);
});

it('R-13: one rule in place of another, and a changed comment, send what differs alone', () => {
  expect(requests([drop('1'), accept('2', { comment: 'x' })], [drop('1'), accept('3')], true)).toEqual([
    ['PUT', 1, { dport: '3', delete: 'comment' }],
  ]);
  expect(requests([drop('1'), accept('2')], [drop('1'), accept('2', { comment: 'y' })], true)).toEqual([
    ['PUT', 1, { comment: 'y' }],
  ]);
});
