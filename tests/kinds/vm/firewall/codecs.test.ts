import { expect, it } from 'vitest';
import { codecOf } from '../../../../src/pve/codecs/codecs.ts';
import { canonicalAddress } from '../../../../src/pve/codecs/firewall-address.ts';
import { ruleFromApi, ruleFromSpec, ruleToSpec } from '../../../../src/pve/codecs/firewall-rule.ts';

it.each([
  ['10.0.0.1/32', '10.0.0.1'],
  ['10.0.0.0/08', '10.0.0.0/8'],
  ['2001:0DB8:0:0:0:0:0:1/128', '2001:db8::1'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['10.0.0.1-10.0.0.9', '10.0.0.1-10.0.0.9'],
  ['+Admins', '+admins'],
  ['dc/My-Office', 'dc/my-office'],
])('the address %s is %s in its one form', (written, canonical) => {
  expect(canonicalAddress(written)).toBe(canonical);
});

it('a rule of a spec and the API’s are one where they mean the same', () => {
  const spec = {
    action: 'ACCEPT',
    protocol: 6,
    dport: [443, '80'],
    source: '10.0.0.1/32',
    log: 'nolog',
    comment: ' a ',
  };
  const row = {
    type: 'in',
    action: 'ACCEPT',
    proto: 'TCP',
    dport: '80,443',
    source: '10.0.0.1',
    comment: 'a',
    enable: '1',
  };
  expect(ruleFromSpec(spec)).toEqual(ruleFromApi(row));
});

it('a rule that the API shows without enable is off', () => {
  expect(ruleFromApi({ type: 'in', action: 'DROP' })).toMatchObject({ enable: '0' });
});

it('a rule goes through the words of a spec and back', () => {
  const rule = ruleFromSpec({
    direction: 'out',
    action: 'DROP',
    protocol: 'icmp',
    icmpType: 8,
    iface: 'net1',
    enabled: false,
  });
  expect(ruleFromSpec(ruleToSpec(rule))).toEqual(rule);
  const group = ruleFromSpec({ group: 'Web', iface: 'net0' });
  expect(ruleToSpec(group)).toEqual({ group: 'web', iface: 'net0' });
});

it('of a set and an alias, only what is written is compared', () => {
  const set = codecOf('firewall-set');
  const live = set.parse(JSON.stringify({ name: 's', comment: 'x', entries: [{ cidr: '10.0.0.1', nomatch: '1' }] }));
  expect(set.agrees?.(set.fromSpec({ entries: [{ cidr: '10.0.0.1/32', noMatch: true }] }), live)).toBe(true);
  expect(set.agrees?.(set.fromSpec({ comment: 'y' }), live)).toBe(false);
  const alias = codecOf('firewall-alias');
  expect(alias.agrees?.(alias.fromSpec('10.0.0.1/32'), alias.parse('{"cidr":"10.0.0.1","comment":"x"}'))).toBe(true);
  expect(alias.agrees?.(alias.fromSpec({ cidr: '10.0.0.1', comment: null }), { cidr: '10.0.0.1', comment: 'x' })).toBe(
    false,
  );
});
