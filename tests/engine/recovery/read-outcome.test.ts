import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import type { Step, StepRequest } from '../../../src/core/step.ts';
import { type Operation, operationOf } from '../../../src/engine/recovery/operations.ts';
import { readOutcome } from '../../../src/engine/recovery/read-outcome.ts';
import type { Pending } from '../../../src/pve/cluster-rows.ts';
import type { PveReader } from '../../../src/pve/reader.ts';

const GUEST = '/nodes/pve1/qemu/101';
const GONE = new PvevmError('PVE_NOT_FOUND', 'it does not exist', { status: 500 });
const post = (path: string, params: StepRequest['params'] = {}): StepRequest => ({ method: 'POST', path, params });
const RESIZE: StepRequest = { method: 'PUT', path: `${GUEST}/resize`, params: { disk: 'scsi0', size: '4G' } };
const MOVE = post(`${GUEST}/move_disk`, { disk: 'scsi0', storage: 'fast' });
const DOWNLOAD = post('/nodes/pve1/storage/local/download-url', { content: 'iso', filename: 'a.iso' });
const MEMBERS: StepRequest = { method: 'PUT', path: '/pools', params: { poolid: 'web', vms: '101,102' } };

const configOf = (text: string): readonly unknown[] => [
  { key: 'digest', value: text },
  { key: 'scsi0', value: text },
];
const before: Pending = { digest: 'old', items: new Map([['scsi0', { value: 'slow:vm-101-disk-0,size=2G' }]]) };

/** What a look says of a write, where each path that is read has an answer, or an error. */
async function outcome(request: StepRequest, answers: Readonly<Record<string, unknown>>, to?: string): Promise<string> {
  const reader: PveReader = {
    get: async (path, options) => {
      const answer = answers[`${String(options?.path?.['node'] ?? '')}${path.slice(path.lastIndexOf('/'))}`];
      if (answer === undefined) throw GONE;
      return answer;
    },
  };
  const step: Step = {
    ...{ id: 'x#1', resource: 'vm/x', title: 'do it', effect: 'none', request },
    await: { for: 'task', timeoutMs: 1000, ...(to === undefined ? {} : { node: to }) },
  };
  const sent = { operation: operationOf(request) as Operation, step, request, before, node: 'pve1', vmid: 101 };
  return await readOutcome({ ...sent, agoMs: () => 10_000 }, reader);
}

const disk = (text: string): Readonly<Record<string, unknown>> => ({ 'pve1/pending': configOf(text) });
const status = (row: object): Readonly<Record<string, unknown>> => ({ 'pve1/current': row });
const pool = (...vmids: readonly number[]): Readonly<Record<string, unknown>> => ({
  '/resources': [101, 102].map((vmid) => ({
    ...{ type: 'qemu', id: `qemu/${vmid}`, vmid, node: 'pve1', status: 'stopped' },
    ...(vmids.includes(vmid) ? { pool: 'web' } : {}),
  })),
});

it.each([
  ['a disk of the wanted size', RESIZE, disk('slow:vm-101-disk-0,size=4G'), 'done'],
  ['a disk of its former size', RESIZE, disk('slow:vm-101-disk-0,size=2G'), 'not-done'],
  ['a disk of another size', RESIZE, disk('slow:vm-101-disk-0,size=3G'), 'unclear'],
  ['a disk on the wanted storage', MOVE, disk('fast:vm-101-disk-0,size=2G'), 'done'],
  ['a disk that is where it was', MOVE, disk('slow:vm-101-disk-0,size=2G'), 'not-done'],
  ['a disk on a third storage', MOVE, disk('other:vm-101-disk-0,size=2G'), 'unclear'],
  ['a guest that runs', post(`${GUEST}/status/start`), status({ status: 'running' }), 'done'],
  ['a guest that does not', post(`${GUEST}/status/start`), status({ status: 'stopped' }), 'not-done'],
  ['a guest that is down', post(`${GUEST}/status/shutdown`), status({ status: 'stopped' }), 'done'],
  ['a guest that is not', post(`${GUEST}/status/shutdown`), status({ status: 'running' }), 'not-done'],
  ['a restart since', post(`${GUEST}/status/reboot`), status({ status: 'running', uptime: 5 }), 'done'],
  ['no restart since', post(`${GUEST}/status/reboot`), status({ status: 'running', uptime: 50 }), 'not-done'],
  ['a guest that is down in a restart', post(`${GUEST}/status/reboot`), status({ status: 'stopped' }), 'unclear'],
  ['a guest that is gone', { method: 'DELETE', path: GUEST, params: {} }, {}, 'done'],
  ['a guest that is there', { method: 'DELETE', path: GUEST, params: {} }, disk('a:1'), 'not-done'],
  ['a file that is there', DOWNLOAD, { 'pve1/content': [{ volid: 'local:iso/a.iso' }] }, 'done'],
  ['a file that is not', DOWNLOAD, { 'pve1/content': [{ volid: 'local:iso/b.iso' }] }, 'not-done'],
  ['all members', MEMBERS, pool(101, 102), 'done'],
  ['one of two members', MEMBERS, pool(101), 'not-done'],
  ['a rule whose list nobody knows', post(`${GUEST}/firewall/rules`), {}, 'unclear'],
] as const)('R-22: %s says what became of a write', async (_name, request, answers, expected) => {
  expect(await outcome(request, answers)).toBe(expected);
});

it('R-22: a migration is done where the guest is on the node that it goes to', async () => {
  const request = post(`${GUEST}/migrate`, { target: 'pve2' });
  expect(await outcome(request, { 'pve2/pending': configOf('a:1') }, 'pve2')).toBe('done');
  expect(await outcome(request, { 'pve1/pending': configOf('a:1') }, 'pve2')).toBe('not-done');
});
