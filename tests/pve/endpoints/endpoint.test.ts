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
  ['https://pve1:8006/api2/json/version', 'https://pve1:8006'],
  ['https', 'https://https:8006'],
  ['https:8006', 'https://https:8006'],
  ['pve_1.example.test.', 'https://pve_1.example.test.:8006'],
  ['bücher.example.test', 'https://xn--bcher-kva.example.test:8006'],
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

it.each([
  ['', 'it is empty'],
  ['"https://pve1:8006"', 'it has quotation marks around it'],
  ["'pve1'", 'it has quotation marks around it'],
  ['https:/pve1:8006', 'its https is not followed by ://'],
  ['https//pve1:8006', 'its https is not followed by ://'],
  ['https:pve1', 'its https is not followed by ://'],
  ['https://root:secret99@pve1:8006', 'it holds a user or password'],
  ['root@pve1', 'it holds a user or password'],
  ['https://pve1:80006', 'its host or port is not one'],
  ['pve1:abc', 'its host or port is not one'],
  ['pve1$x', 'its host is not one'],
])('says what is wrong with %j', (text, reason) => {
  expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ message: `cannot use the endpoint: ${reason}` }));
});

it.each(['fe80::1%eth0', '[fe80::1%eth0]:8006', 'https://[fe80::1%25eth0]:8006'])(
  'says that the zone is what is wrong with %s',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: 'cannot use an endpoint with an IPv6 zone (%…)' }),
    );
  },
);
