import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../api.ts';

const MODELS = '/cluster/qemu/custom-cpu-models';
const GUEST = '/nodes/pve1/qemu/100';

let api: Api;
beforeEach(async () => {
  api = await startApi();
  await api.data('POST', '/nodes/pve1/qemu', { vmid: 100 });
  await api.sandbox.settled();
});
afterEach(() => api.sandbox.close());

it('keeps processor models in the file that Proxmox VE keeps them in', async () => {
  await api.data('POST', MODELS, { cputype: 'my', 'reported-model': 'qemu64', flags: '+aes' });
  const text = readFileSync(join(api.sandbox.directory, 'virtual-guest/cpu-models.conf'), 'utf8');
  expect(text).toBe('cpu-model: my\n\tflags +aes\n\treported-model qemu64\n\n');
  const digest = 'd2046664674047571f7c5bfeaf040e277019a49e';
  const row = { cputype: 'custom-my', flags: '+aes', 'reported-model': 'qemu64', digest };
  expect(await api.data('GET', MODELS)).toEqual([row]);
  await api.data('PUT', `${MODELS}/my`, { hidden: 1, delete: 'flags', digest });
  expect(await api.data('GET', `${MODELS}/my`)).toMatchObject({ hidden: 1, 'reported-model': 'qemu64' });
  const { status } = await api.call('PUT', `${MODELS}/my`, { hidden: 0, digest });
  expect(status).toBe(500);
});

it('lets guests have the models that there are', async () => {
  const refused = { cpu: "invalid format - Custom cputype 'my' not found\n" };
  expect((await api.call('PUT', `${GUEST}/config`, { cpu: 'custom-my' })).body.errors).toEqual(refused);
  await api.data('POST', MODELS, { cputype: 'my', 'reported-model': 'qemu64' });
  await api.data('PUT', `${GUEST}/config`, { cpu: 'custom-my' });
  expect(await api.data('GET', `${GUEST}/config`)).toMatchObject({ cpu: 'custom-my' });
  await api.data('DELETE', `${MODELS}/my`);
  expect(await api.data('GET', `${GUEST}/config`)).not.toHaveProperty('cpu');
  expect((await api.call('PUT', `${GUEST}/config`, { cpu: 'custom-my' })).body.errors).toEqual(refused);
});
