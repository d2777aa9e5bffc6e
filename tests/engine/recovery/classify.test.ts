import { expect, it } from 'vitest';
import { PvevmError, type PvevmErrorOptions } from '../../../src/core/error.ts';
import { classifyFailedWrite } from '../../../src/engine/recovery/classify.ts';

const UPID = 'UPID:pve1:00000001:00000001:6B009AB1:qmconfig:101:root@pam:';

it.each([
  ['a proxy without a connection', 'CONNECT', { status: 595 }, 'not-sent'],
  ['a connection that was cut off after it was made', 'CONNECT', {}, 'lost'],
  ['a proxy that waited in vain', 'CONNECT', { status: 596 }, 'lost'],
  ['no answer in time', 'TIMEOUT', {}, 'lost'],
  ['a proxy’s own error', 'PVE_ERROR', { status: 599 }, 'lost'],
  ['an answer that is no answer of Proxmox VE', 'PVE_ERROR', { status: 200 }, 'lost'],
  ['an error of Proxmox VE', 'PVE_ERROR', { status: 500 }, 'never'],
  ['a call that it does not have', 'PVE_ERROR', { status: 501 }, 'never'],
  ['a refusal', 'PERMISSION', { status: 403 }, 'never'],
  ['a lock', 'LOCKED', { status: 500 }, 'locked'],
  ['a busy storage', 'BUSY', { status: 500 }, 'busy'],
  ['another digest', 'STALE', { status: 500 }, 'stale'],
  ['an id that is taken', 'ID_TAKEN', { status: 500 }, 'taken'],
  [
    'a task that nobody knows any more',
    'PVE_PARAMETER',
    { status: 400, parameters: { upid: 'no such task' } },
    'vanished',
  ],
  ['a parameter that is wrong', 'PVE_PARAMETER', { status: 400, parameters: { cores: 'no number' } }, 'never'],
  ['a task that did not end in time', 'TIMEOUT', { upid: UPID }, 'vanished'],
] as const)('R-25: %s is told from what could be sent again', (_name, code, options: PvevmErrorOptions, expected) => {
  expect(classifyFailedWrite(new PvevmError(code, 'it failed', options))).toBe(expected);
});

it.each([
  ['qmconfig failed: unexpected status', 'vanished'],
  ["qmconfig failed: can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout", 'busy'],
  ['qmconfig failed: checksum mismatch (file change by other user?)', 'stale'],
  ['qmconfig failed: no space left on device', 'never'],
])('R-25: a task that ended with %j is %s', (message, expected) => {
  expect(classifyFailedWrite(new PvevmError('TASK_FAILED', message, { upid: UPID }))).toBe(expected);
});
