import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

it('replaces whole keys, and shows property strings as objects', async () => {
  await api.data('PUT', '/cluster/options', { 'next-id': 'lower=200,upper=300', description: 'dc ü', keyboard: 'de' });
  await api.data('PUT', '/cluster/options', {
    'tag-style': 'shape=full,color-map=prod:ff0000',
    'next-id': 'lower=250',
  });
  expect(await api.data('GET', '/cluster/options')).toEqual({
    ...{ 'next-id': { lower: '250' }, 'tag-style': { 'color-map': 'prod:ff0000', shape: 'full' } },
    ...{ description: 'dc ü\n', keyboard: 'de', mac_prefix: 'BC:24:11', 'allowed-tags': [] },
  });
  expect(await api.data('GET', '/cluster/nextid')).toBe('250');
});

it('forgets what is deleted, and does not write what it fills in', async () => {
  await api.data('PUT', '/cluster/options', { description: 'x', console: 'applet' });
  expect(await api.data('GET', '/cluster/options')).toMatchObject({ console: 'html5' });
  await api.data('PUT', '/cluster/options', { delete: 'description,console,crs' });
  expect(readFileSync(join(api.sandbox.directory, 'datacenter.cfg'), 'utf8')).toBe('keyboard: en-us\n');
});
