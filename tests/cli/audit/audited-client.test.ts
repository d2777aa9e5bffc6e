import { expect, it } from 'vitest';
import { auditedClient, type RequestRecorder } from '../../../src/cli/audit/audited-client.ts';
import { PvevmError } from '../../../src/core/error.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import type { AuditBody } from '../../../src/report/audit/audit-record.ts';

const STEP = { resource: 'vm/web', step: 'vm/web#1', title: 'create', index: 1, of: 1 } as const;

/** A client that notes what it sends, behind a recorder whose disk answers as it is told. */
function open(onDisk: Promise<void>) {
  const happened: string[] = [];
  const send = async (): Promise<unknown> => {
    happened.push('sent');
    return null;
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
    after: ({ type }) => void happened.push(type),
    nextNumber: () => 1,
  };
  return { audited: auditedClient(client, STEP, [], recorder), happened };
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
