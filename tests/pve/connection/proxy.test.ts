import { describe, expect, it } from 'vitest';
import { proxyFor, proxyFromEnvironment } from '../../../src/pve/connection/proxy.ts';

describe('the environment', () => {
  it.each([
    [{ HTTPS_PROXY: 'http://a:1' }, { https: 'http://a:1' }],
    [{ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, { https: 'http://b:2' }],
    [{ ALL_PROXY: 'http://c:3' }, { https: 'http://c:3' }],
    [{ ALL_PROXY: 'http://c:3', HTTPS_PROXY: 'http://a:1' }, { https: 'http://a:1' }],
    [{ ALL_PROXY: 'http://c:3', https_proxy: '' }, {}],
    [{ http_proxy: 'http://d:4', HTTP_PROXY: 'http://d:4' }, {}],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, { noProxy: 'b' }],
    [{}, {}],
  ])('is read from %j as curl does', (env, expected) => {
    expect(proxyFromEnvironment(env)).toEqual(expected);
  });
});

describe('the address of a proxy', () => {
  it.each([
    ['http://proxy:3128', { secure: false, host: 'proxy', port: 3128, shown: 'http://proxy:3128' }],
    ['proxy:3128', { secure: false, host: 'proxy', port: 3128, shown: 'http://proxy:3128' }],
    ['http://proxy', { secure: false, host: 'proxy', port: 1080, shown: 'http://proxy:1080' }],
    ['http://proxy:80/', { secure: false, host: 'proxy', port: 80, shown: 'http://proxy:80' }],
    ['https://proxy', { secure: true, host: 'proxy', port: 443, shown: 'https://proxy:443' }],
    [
      'http://[2001:db8::1]:8080',
      { secure: false, host: '2001:db8::1', port: 8080, shown: 'http://[2001:db8::1]:8080' },
    ],
  ])('%s is understood', (https, expected) => {
    expect(proxyFor('https://pve1:8006', { https })).toEqual(expected);
  });

  it('gives its user and password to the proxy and to nobody else', () => {
    const proxy = proxyFor('https://pve1:8006', { https: 'http://anna:p%40ss@proxy:3128' });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('anna:p@ss').toString('base64')}`);
    expect(proxy?.shown).toBe('http://proxy:3128');
  });

  it.each(['socks5://proxy:1080', 'http://', 'http://anna:secret99@proxy:port'])('%s is refused', (https) => {
    expect(() => proxyFor('https://pve1:8006', { https })).toThrow(
      expect.objectContaining({ code: 'CONFIG', message: expect.not.stringContaining('secret99') }),
    );
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://pve1.lab.test:8006'],
    ['pve1.lab.test', 'https://pve1.lab.test:8006'],
    ['PVE1.LAB.TEST', 'https://pve1.lab.test:8006'],
    ['lab.test', 'https://pve1.lab.test:8006'],
    ['.lab.test', 'https://pve1.lab.test:8006'],
    ['*.lab.test', 'https://pve1.lab.test:8006'],
    ['.lab.test', 'https://lab.test:8006'],
    ['a, lab.test', 'https://pve1.lab.test:8006'],
    ['a lab.test', 'https://pve1.lab.test:8006'],
    ['pve1.lab.test:8006', 'https://pve1.lab.test:8006'],
    ['192.0.2.1', 'https://192.0.2.1:8006'],
    ['192.0.2.0/24', 'https://192.0.2.200:8006'],
    ['2001:db8::1', 'https://[2001:db8::1]:8006'],
    ['[2001:db8::1]', 'https://[2001:db8::1]:8006'],
    ['2001:db8::/32', 'https://[2001:db8::1]:8006'],
  ])('%j keeps %s from the proxy', (noProxy, endpoint) => {
    expect(proxyFor(endpoint, { https: 'http://proxy:3128', noProxy })).toBeUndefined();
  });

  it.each([
    ['', 'https://pve1.lab.test:8006'],
    ['ab.test', 'https://pve1.lab.test:8006'],
    ['pve1.lab.test:443', 'https://pve1.lab.test:8006'],
    ['*, a', 'https://pve1.lab.test:8006'],
    ['192.0.2.0/24', 'https://198.51.100.1:8006'],
    ['2.1', 'https://192.0.2.1:8006'],
    ['2001:db8::/32', 'https://192.0.2.1:8006'],
    ['192.0.2.0/nonsense', 'https://192.0.2.1:8006'],
    ['', 'https://127.0.0.1:8006'],
    ['', 'https://localhost:8006'],
  ])('%j leaves %s to the proxy', (noProxy, endpoint) => {
    expect(proxyFor(endpoint, { https: 'http://proxy:3128', noProxy })).toBeDefined();
  });
});
