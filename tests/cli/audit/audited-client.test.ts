import { expect, it } from 'vitest';
import { auditedClient, type RequestRecorder } from '../../../src/cli/audit/audited-client.ts';
import { PvevmError } from '../../../src/core/error.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import type { AuditBody } from '../../../src/report/audit/audit-record.ts';

const STEP = { resource: 'vm/web', step: 'vm/web#1', title: 'create', index: 1, of: 1 } as const;

/** A client that notes what it sends, behind a recorder whose disk answers as it is told. */
function open(onDisk: Promise<void>, answer: () => unknown = () => null) {
  const happened: string[] = [];
  const bodies: AuditBody[] = [];
  const send = async (): Promise<unknown> => {
    happened.push('sent');
    return answer();
  };
  const client: PveClient = {
    ...{ endpoint: 'https://pve1:8006', user: 'root@pam', get: send, post: send, put: send, delete: send },
    close: async () => undefined,
  };
  const recorder: RequestRecorder = {
    before: async ({ type }: AuditBody) => {
      happened.push(type);
      await onDisk;
    },
    after: (body) => {
      happened.push(body.type);
      bodies.push(body);
    },
    nextNumber: () => 1,
  };
  return { audited: auditedClient(client, STEP, [], recorder), happened, bodies };
}

it('R-53: a request is sent only when its record is on the disk, and others may go on meanwhile', async () => {
  let written = (): void => undefined;
  const onDisk = new Promise<void>((resolve) => {
    written = resolve;
  });
  const { audited, happened } = open(onDisk);
  const sending = audited.post('/nodes/pve1/qemu');
  await new Promise((resolve) => setImmediate(resolve));
  expect(happened).toEqual(['request']);
  written();
  await sending;
  expect(happened).toEqual(['request', 'sent', 'answer']);
});

it('nothing is sent that cannot be recorded', async () => {
  const full = new PvevmError('AUDIT', 'cannot write the audit log: the disk is full');
  const { audited, happened } = open(Promise.reject(full));
  await expect(audited.put('/nodes/pve1/qemu/101/config')).rejects.toBe(full);
  expect(happened).toEqual(['request']);
});

it('each write is recorded, whatever its method, and its answer given back', async () => {
  const upid = 'UPID:pve1:0000C530:0001C8A1:65A1B2C3:qmdestroy:101:root@pam:';
  const { audited, happened, bodies } = open(Promise.resolve(), () => upid);
  for (const method of ['post', 'put', 'delete'] as const) expect(await audited[method]('/x')).toBe(upid);
  expect(happened).toEqual(Array.from({ length: 3 }, () => ['request', 'sent', 'answer']).flat());
  for (const body of bodies) expect(body).toMatchObject({ type: 'answer', outcome: 'ok', upid });
});

it('a write that fails is recorded with its status and without a stack, and fails for its step too', async () => {
  for (const error of [new PvevmError('PVE_ERROR', 'no', { status: 500 }), new TypeError('no')]) {
    const { audited, bodies } = open(Promise.resolve(), () => {
      throw error;
    });
    await expect(audited.delete('/x')).rejects.toBe(error);
    const told = error instanceof PvevmError ? { code: 'PVE_ERROR', status: 500 } : { code: 'INTERNAL' };
    expect(bodies).toEqual([
      {
        ...{ type: 'answer', number: 1, resource: 'vm/web', step: 'vm/web#1', outcome: 'failed' },
        error: { message: 'no', ...told },
      },
    ]);
  }
});
