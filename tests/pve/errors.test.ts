import { describe, expect, it } from 'vitest';
import { exitNameOf } from '../../src/core/exit-code.ts';
import { type Attempt, errorOfAnswer } from '../../src/pve/errors.ts';

const ATTEMPT: Attempt = { method: 'GET', path: '/nodes/pve1/qemu', endpoint: 'https://pve1:8006', secrets: [] };

function of(status: number, reason: string, body = '', attempt: Attempt = ATTEMPT) {
  return errorOfAnswer(attempt, { status, reason, body });
}

describe('the words', () => {
  it('are those of the message, and not said twice', () => {
    const body = JSON.stringify({ data: null, message: 'VM 110 is running - destroy failed\n' });
    expect(of(500, 'VM 110 is running - destroy failed', body).message).toBe(
      'cannot read /nodes/pve1/qemu: VM 110 is running - destroy failed',
    );
  });

  it('are those of the reason phrase where there is no body, or one that is not JSON', () => {
    expect(of(401, 'No ticket').message).toBe('cannot read /nodes/pve1/qemu: No ticket');
    expect(of(502, 'Bad Gateway', '<html>').message).toBe('cannot read /nodes/pve1/qemu: Bad Gateway');
  });

  it('are the status where nothing is said at all', () => {
    expect(of(418, '').message).toBe('cannot read /nodes/pve1/qemu: HTTP status 418');
  });

  it('hold the message of every refused parameter, on one line', () => {
    const errors = { scsi0: 'invalid format - format error\nscsi0.cache: bad\n', vmid: 'too small' };
    const body = JSON.stringify({ data: null, errors, message: 'Parameter verification failed.\n' });
    const error = of(400, 'Parameter verification failed.', body, { ...ATTEMPT, method: 'POST' });
    expect(error.message).toBe(
      'cannot post to /nodes/pve1/qemu: Parameter verification failed: ' +
        'scsi0: invalid format - format error; scsi0.cache: bad, vmid: too small',
    );
    expect(error.parameters).toEqual({
      scsi0: 'invalid format - format error; scsi0.cache: bad',
      vmid: 'too small',
    });
  });

  it('R-50: cannot steer a terminal', () => {
    expect(of(500, 'a\u001b[31mred\u0007').message).toBe('cannot read /nodes/pve1/qemu: a\\x1b[31mred\\x07');
  });

  it('R-48: hold no token or ticket', () => {
    const message = of(500, 'root@pam!x=12345678-1234-1234-1234-123456789abc PVE:root@pam:6B009A09::abc/def==').message;
    expect(message).toBe('cannot read /nodes/pve1/qemu: root@pam!x=******** ********');
  });
});

describe('the code', () => {
  it.each([
    [500, "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist", 'PVE_NOT_FOUND'],
    [500, "storage 'nope' does not exist", 'PVE_NOT_FOUND'],
    [500, "delete pool failed: pool 'pb' does not exist", 'PVE_NOT_FOUND'],
    [500, "no such resource 'vm:999'", 'PVE_NOT_FOUND'],
    [500, "resource 'vm:999' does not exist in cluster", 'PVE_NOT_FOUND'],
    [500, "invalid bootorder: device 'ide2' does not exist'", 'PVE_ERROR'],
    [500, 'RRD error: opening x: No such file or directory', 'PVE_ERROR'],
    [500, "unable to create VM 102 - VM 102 already exists on node 'pve1'", 'ID_TAKEN'],
    [500, "CT 200 already exists on node 'pve1'", 'ID_TAKEN'],
    [500, 'unable to create VM 121: config file already exists', 'ID_TAKEN'],
    [500, "Job 'myjob' already exists", 'PVE_ERROR'],
    [500, 'VM is locked (backup)', 'LOCKED'],
    [500, 'CT is locked (snapshot-delete)', 'LOCKED'],
    [500, "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout", 'BUSY'],
    [500, 'checksum mismatch (file change by other user?)', 'STALE'],
    [500, 'update storage failed: detected modified configuration - file changed by other user? Try again.', 'STALE'],
    [500, "create resource failed: resource ID 'vm:161' already defined", 'STALE'],
    [500, "create storage failed: storage ID 's1' already defined", 'PVE_ERROR'],
    [500, "update resources config failed: no such resource 'vm:999'", 'STALE'],
    [500, "you can't convert a template to a template", 'STALE'],
    [500, 'update pools failed: VM 100 is already a pool member', 'STALE'],
    [500, 'update pools failed: VM 160 is not a pool member', 'STALE'],
    [500, "update pools failed: VM 160 belongs already to pool 'pa' and 'allow-move' is not set", 'STALE'],
    [500, "only root can set 'args' config", 'PVE_ERROR'],
    [400, 'Parameter verification failed.', 'PVE_PARAMETER'],
    [401, 'Authentication failed!', 'AUTHENTICATION'],
    [403, 'Permission check failed', 'PERMISSION'],
    [501, "Method 'GET /x' not implemented", 'PVE_ERROR'],
    [595, 'No route to host', 'CONNECT'],
    [596, 'Connection timed out', 'TIMEOUT'],
    [504, 'Gateway Timeout', 'TIMEOUT'],
    [503, 'Service Unavailable', 'CONNECT'],
    [599, 'Too many redirections', 'PVE_ERROR'],
  ] as const)('of %i %j is %s', (status, reason, code) => {
    expect(of(status, reason)).toMatchObject({ code, status });
  });

  it('sends a missing privilege and a lost connection to different exit codes', () => {
    expect(exitNameOf(of(403, 'x').code)).toBe('access');
    expect(exitNameOf(of(595, 'x').code)).toBe('unreachable');
  });
});

it('names the path and the privileges that are missing', () => {
  const error = of(403, 'Permission check failed (/vms/100, VM.Config.Disk|VM.Config.CPU)');
  expect(error.hints[0]).toBe('Grant the token a role with VM.Config.Disk or VM.Config.CPU on /vms/100.');
  expect(of(403, "Permission check failed (pool 'nope' does not exist)").hints).toEqual([]);
});

it('says that the outcome of a write is unknown after a proxy time-out, and not of a read', () => {
  expect(of(596, 'Connection timed out', '', { ...ATTEMPT, method: 'PUT' }).message).toBe(
    'cannot write /nodes/pve1/qemu: Connection timed out (the outcome of the request is unknown)',
  );
  expect(of(596, 'Connection timed out').message).not.toContain('unknown');
});
