import { expect, it } from 'vitest';
import { parseUpid } from '../../src/pve/upid.ts';

it('reads node, type, id, user and start', () => {
  expect(parseUpid('UPID:pve1:0000028D:00066EDC:6B009A09:qmstop:103:root@pam!test:')).toEqual({
    node: 'pve1',
    type: 'qmstop',
    id: '103',
    user: 'root@pam!test',
    startTime: 0x6b009a09,
  });
});

it('reads an empty id, an id of a move between guests, and a long process start', () => {
  expect(parseUpid('UPID:pve1:0000028D:00066EDC:6B009A09:srvreload::root@pam:')?.id).toBe('');
  expect(parseUpid('UPID:pve1:0000028D:100066EDC:6B009A09:qmmove:100-scsi0>200-scsi1:a@pve:')?.id).toBe(
    '100-scsi0>200-scsi1',
  );
});

it.each([null, undefined, 42, 'OK', '', 'UPID:pve1:0000028D:00066EDC:6B009A09:qmstop:103:root@pam'])(
  'sees that %j is no UPID',
  (value) => {
    expect(parseUpid(value)).toBeUndefined();
  },
);
