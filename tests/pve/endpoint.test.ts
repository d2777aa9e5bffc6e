import { expect, it } from 'vitest';
import { parseEndpoint } from '../../src/pve/endpoint.ts';

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
