import { expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/pve/endpoints/endpoint.ts';

it.each([
  ['pve1', 'https://pve1:8006'],
  ['  pve1.example.test/ ', 'https://pve1.example.test:8006'],
  ['pve1:443', 'https://pve1'],
  ['pve1:8007/', 'https://pve1:8007'],
  ['192.0.2.10', 'https://192.0.2.10:8006'],
  ['2001:db8::10', 'https://[2001:db8::10]:8006'],
  ['[2001:db8::10]:8007', 'https://[2001:db8::10]:8007'],
  ['https://pve1:8006', 'https://pve1:8006'],
  ['HTTPS://pve1:8006/api2/json/?x=1', 'https://pve1:8006'],
  ['https://pve.example.test', 'https://pve.example.test'],
  ['https://pve1:8006/api2/extjs', 'https://pve1:8006'],
  ['https://gate.example.test/pve/', 'https://gate.example.test/pve'],
  ['https://gate.example.test/pve/api2/json', 'https://gate.example.test/pve'],
  ['gate.example.test/pve', 'https://gate.example.test:8006/pve'],
  ['https://pve1:8006/#v1:0:18:4', 'https://pve1:8006'],
  ['::1', 'https://[::1]:8006'],
  ['https://[::1]:8006', 'https://[::1]:8006'],
])('reads %j as %s', (text, endpoint) => {
  expect(parseEndpoint(text)).toBe(endpoint);
});

it.each(['http://pve1:8006', 'ssh://pve1', '', 'https://', 'pve 1', 'https://root:secret99@pve1:8006'])(
  'refuses %j, without repeating it',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.not.stringContaining('secret99') }),
    );
  },
);

it.each(['fe80::1%eth0', '[fe80::1%eth0]:8006', 'https://[fe80::1%25eth0]:8006'])(
  'says that the zone is what is wrong with %s',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: 'cannot use an endpoint with an IPv6 zone (%…)' }),
    );
  },
);
