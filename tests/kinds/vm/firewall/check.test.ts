import { expect, it } from 'vitest';
import { checkFirewall } from '../../../../src/kinds/vm/firewall/check.ts';
import { loadFiles } from '../../../spec/load-text.ts';

async function problemsOf(firewall: string): Promise<readonly (readonly [string | undefined, string])[]> {
  const { resources } = await loadFiles({ 'vm.yaml': `kind: vm\nname: web-01\nfirewall: ${firewall}\n` }, ['vm.yaml']);
  const [resource] = resources;
  if (resource === undefined) throw new Error('the document cannot be read');
  return checkFirewall(resource).map(({ pointer, detail }) => [pointer, detail]);
}

it.each([
  ['{ rules: [{ direction: in }] }', '/firewall/rules/0', 'has an action'],
  ['{ rules: [{ group: web, dport: 22 }] }', '/firewall/rules/0/dport', 'security group stands for rules'],
  ['{ rules: [{ action: ACCEPT, dport: 22 }] }', '/firewall/rules/0/dport', 'protocol: tcp'],
  ['{ rules: [{ action: ACCEPT, protocol: gre, dport: 22 }] }', '/firewall/rules/0/dport', 'has no ports'],
  ['{ rules: [{ action: ACCEPT, icmpType: echo-request }] }', '/firewall/rules/0/icmpType', 'protocol: icmp'],
  ['{ rules: [{ action: ACCEPT, source: 10.0.0.5/8 }] }', '/firewall/rules/0/source', 'Write 10.0.0.0/8'],
  ['{ rules: [{ action: ACCEPT, source: "2001:db8::1/32" }] }', '/firewall/rules/0/source', 'Write 2001:db8::/32'],
  ['{ rules: [{ action: ACCEPT, source: [office, 10.0.0.1] }] }', '/firewall/rules/0/source', 'a name in it'],
  [
    '{ rules: [{ action: ACCEPT, source: 10.0.0.1, dest: "2001:db8::1" }] }',
    '/firewall/rules/0/source',
    'IPv4 and IPv6',
  ],
  ['{ aliases: { office: 10.0.0.256 } }', '/firewall/aliases/office', 'no address or network'],
  ['{ aliases: { office: 10.0.0.1, OFFICE: 10.0.0.2 } }', '/firewall/aliases/office', 'one name'],
  ['{ ipSets: { s1: { entries: [10.0.0.1, 10.0.0.1/32] } } }', '/firewall/ipSets/s1/entries/1', 'is there already'],
  ['{ ipSets: { s1: { entries: [0.0.0.0/0] } } }', '/firewall/ipSets/s1/entries/0', 'two halves'],
  ['{ rules: [{ action: ACCEPT, protocol: tcp, dport: "99999" }] }', '/firewall/rules/0/dport', 'Ports are 0 to 65535'],
  ['{ rules: [{ action: ACCEPT, protocol: tcp, sport: "1-5" }] }', '/firewall/rules/0/sport', 'Write 1:5'],
  ['{ rules: [{ action: ACCEPT, protocol: udp, dport: [22, "9:1"] }] }', '/firewall/rules/0/dport', 'Write 1:9'],
  [
    '{ ipSets: { s1: { entries: ["!10.0.0.5"] } } }',
    '/firewall/ipSets/s1/entries/0',
    '{ cidr: 10.0.0.5, noMatch: true }',
  ],
  ['{ ipSets: { s1: { entries: [+other] } } }', '/firewall/ipSets/s1/entries/0', 'no other sets'],
])('%s is an error at its place', async (firewall, pointer, words) => {
  const problems = await problemsOf(firewall);
  expect(problems.map(([at]) => at)).toEqual([pointer]);
  expect(problems[0]?.[1]).toContain(words);
});

it.each([
  '{ rules: [{ action: ACCEPT, protocol: tcp, dport: 22, source: 10.0.0.0/8 }, { group: web, iface: net0 }] }',
  '{ rules: [{ action: ACCEPT, source: 10.0.0.1-10.0.0.9, dest: +guest/s1 }] }',
  '{ rules: [{ action: ACCEPT, protocol: tcp, dport: [https, "8000:8010", ipp] }] }',
  '{ aliases: { office: 10.0.0.5/8 }, ipSets: { s1: { entries: [office, dc/other, "2001:db8::/32"] } } }',
])('%s is fine', async (firewall) => {
  expect(await problemsOf(firewall)).toEqual([]);
});
