import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Api, startApi } from '../../api.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ world: 'recorded' });
});
afterEach(() => api.sandbox.close());

const ROOT = '/nodes/pve1/storage';

async function ended(upid: unknown): Promise<{ exitstatus: string; log: string[] }> {
  await api.sandbox.settled();
  const path = `/nodes/pve1/tasks/${encodeURIComponent(String(upid))}`;
  const { exitstatus } = (await api.data('GET', `${path}/status`)) as { exitstatus: string };
  const log = (await api.data('GET', `${path}/log`)) as { t: string }[];
  return { exitstatus, log: log.map(({ t }) => t) };
}

async function upload(fields: Readonly<Record<string, string>>, filename: string, data: string): Promise<unknown> {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--B\r\nContent-Disposition: form-data; name="filename"; filename="${filename}"\r\n\r\n${data}\r\n--B--\r\n`;
  const answer = await api.raw('POST', `/api2/json${ROOT}/local/upload`, {
    authorization: `PVEAPIToken=${api.sandbox.token}`,
    contentType: 'multipart/form-data; boundary=B',
    body: parts.join('') + file,
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return JSON.parse(answer.text).data;
}

it('allocates an image at once, and shows and frees it', async () => {
  const volid = await api.data('POST', `${ROOT}/vmdata/content`, {
    ...{ filename: 'vm-300-disk-0.qcow2', size: '1G', vmid: 300, format: 'qcow2' },
  });
  expect(volid).toBe('vmdata:300/vm-300-disk-0.qcow2');
  expect(await api.data('GET', `${ROOT}/vmdata/content/${volid}`)).toMatchObject({
    path: '/var/lib/vz-vmdata/images/300/vm-300-disk-0.qcow2',
    ...{ format: 'qcow2', size: 1024 ** 3 },
  });
  const { log } = await ended(await api.data('DELETE', `${ROOT}/vmdata/content/${volid}`));
  expect(log).toEqual([`Removed volume '${volid}'`, 'TASK OK']);
  expect(await api.data('GET', `${ROOT}/vmdata/content`)).toEqual([]);
});

it('refuses an image whose name or format cannot be', async () => {
  const params = { filename: 'bad', size: '1G', vmid: 300 };
  expect((await api.call('POST', `${ROOT}/vmdata/content`, params)).body.message).toBe(
    "unable to parse volume filename 'bad'\n",
  );
  const mixed = { filename: 'vm-300-disk-0.raw', size: '1G', vmid: 300, format: 'qcow2' };
  expect((await api.call('POST', `${ROOT}/vmdata/content`, mixed)).body.errors).toEqual({
    format: 'different storage formats (qcow2 != raw)',
  });
});

it('counts what is on a storage as used', async () => {
  const used = async (): Promise<number> => ((await api.data('GET', `${ROOT}/vmdata/status`)) as { used: number }).used;
  const before = await used();
  await api.data('POST', `${ROOT}/vmdata/content`, { filename: 'vm-300-disk-0.raw', size: '2G', vmid: 300 });
  expect((await used()) - before).toBe(2 * 1024 ** 3);
});

it('takes an upload, and lists the file', async () => {
  const { exitstatus, log } = await ended(await upload({ content: 'iso' }, 'up load.iso', 'HELLO'));
  expect([exitstatus, log.at(-2)]).toEqual(['OK', 'finished file import successfully']);
  const isos = (await api.data('GET', `${ROOT}/local/content`, { content: 'iso' })) as {
    volid: string;
    size: number;
  }[];
  expect(isos.find(({ volid }) => volid === 'local:iso/up_load.iso')).toMatchObject({ size: 5, format: 'iso' });
});

it('fails an upload whose checksum is another', async () => {
  const good = createHash('sha256').update('HELLO').digest('hex');
  const fields = { content: 'iso', 'checksum-algorithm': 'sha256' };
  expect((await ended(await upload({ ...fields, checksum: good }, 'good.iso', 'HELLO'))).exitstatus).toBe('OK');
  expect((await ended(await upload({ ...fields, checksum: good }, 'bad.iso', 'HULLO'))).exitstatus).toMatch(
    /^checksum mismatch: got '/,
  );
  await expect(upload({ content: 'iso' }, 'x.txt', 'HELLO')).rejects.toThrow('wrong file extension');
});

it('keeps notes and protection of backups only', async () => {
  expect((await api.call('PUT', `${ROOT}/local/content/local:iso/debian-12.iso`, { notes: 'n' })).body.message).toBe(
    'only backups can have notes\n',
  );
});

it('does not see content that a storage is not to hold', async () => {
  await api.data('PUT', '/storage/local', { content: 'vztmpl' });
  const rows = (await api.data('GET', `${ROOT}/local/content`)) as { content: string }[];
  expect(rows.map(({ content }) => content)).toEqual(['vztmpl']);
});
