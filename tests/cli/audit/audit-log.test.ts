import { describe, expect, it } from 'vitest';
import type { AuditFile } from '../../../src/cli/audit/audit-file.ts';
import { createAuditLog } from '../../../src/cli/audit/audit-log.ts';
import { PvevmError } from '../../../src/core/error.ts';
import { REDACTED } from '../../../src/core/redact.ts';
import type { Step } from '../../../src/core/step.ts';
import type { PveClient } from '../../../src/pve/reader.ts';
import type { AuditEntry, AuditOpening } from '../../../src/report/audit/audit-record.ts';
import { plan, resource, step } from '../../report/plans.ts';

const FULL = new PvevmError('AUDIT', 'cannot write the audit log: the disk is full');
const OPENING: AuditOpening = {
  ...{ type: 'run.opened', command: 'apply', pvevm: '0.1.0', endpoint: 'https://pve1:8006', stack: null },
  ...{ cluster: { name: 'lab', version: '9.2.11' }, user: 'root@pam', localUser: 'me', host: 'here' },
  ...{ ci: {}, allowed: [], documents: [], plan: 'abc' },
};
const STAMP = { seq: 1, elapsedMs: 0 };

/** A step whose request has a param that only the plan knows to be a secret. */
function secretStep(id: string): Step {
  const request = { method: 'PUT', path: '/x', params: { word: '{secret:a}' }, secrets: ['word'] } as const;
  return step(id, 'change', { request });
}

/** A log on a file that may fail, and a client behind it that notes what it sends. */
function open({ append, sync }: Partial<AuditFile> = {}) {
  const happened: string[] = [];
  const entries: AuditEntry[] = [];
  const file: AuditFile = {
    append: (entry, isDurable) => {
      append?.(entry, isDurable);
      entries.push(entry);
      happened.push(`${entry.type === 'event' ? entry.event.type : entry.type}${isDurable ? ', durable' : ''}`);
    },
    sync: async () => {
      await sync?.();
      happened.push('synced');
    },
    ...{ head: () => 'head', close: () => undefined },
  };
  const send = async (): Promise<unknown> => {
    happened.push('sent');
    return null;
  };
  const client: PveClient = {
    ...{ endpoint: 'https://pve1:8006', user: 'root@pam', get: send, post: send, put: send, delete: send },
    close: async () => undefined,
  };
  const log = createAuditLog({
    ...{ file, plan: plan([resource({ steps: [secretStep('vm/web-01#1')] })]), serverClock: () => undefined },
    ...{ wallClock: () => 0, clean: (text) => text.replaceAll('hunter2', 'cleaned') },
  });
  const clientOf = (id: string): PveClient =>
    log.clientOf(client, { resource: 'vm/web-01', step: id, title: 'change', index: 1, of: 1 });
  return { log, clientOf, happened, entries };
}

const paramsOf = (entries: readonly AuditEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'request' ? [entry.params] : []));

describe('the audit log of a run', () => {
  it('R-53: has the beginning and the end of a run on the disk at once, and a request before it is sent', async () => {
    const { log, clientOf, happened } = open();
    log.open(OPENING);
    log.event({ ...STAMP, type: 'run.started', formatVersion: '1.0', resources: 1, steps: 1 });
    await clientOf('vm/web-01#1').put('/x');
    const counts = { done: 1, failed: 0, skipped: 0 };
    log.event({ ...STAMP, type: 'run.finished', outcome: 'ok', counts, wrote: true });
    expect(happened).toEqual([
      ...['run.opened, durable', 'run.started, durable'],
      ...['request', 'synced', 'sent', 'answer', 'run.finished, durable'],
    ]);
  });

  it('R-48: masks the params that a step’s plan calls secret, those of steps planned later and of a way back too', async () => {
    const { log, clientOf, entries } = open();
    await clientOf('vm/web-01#1').put('/x', { params: { word: 'one', other: 'two' } });
    const anew = resource({ steps: [secretStep('vm/web-01#2')] });
    log.event({ ...STAMP, type: 'resource.replanned', resource: 'vm/web-01', reason: 'changed', plan: anew });
    await clientOf('vm/web-01#2').post('/x', { params: { word: 'one', other: 'two' } });
    log.event({ ...STAMP, type: 'rollback.started', resources: [resource({ steps: [secretStep('vm/web-01#3')] })] });
    await clientOf('vm/web-01#3').delete('/x', { params: { word: 'one', other: 'two' } });
    const masked = { word: REDACTED, other: 'two' };
    expect(paramsOf(entries)).toEqual([masked, masked, masked]);
  });

  it('R-48: holds nothing that looks like a token, and no secret that the program knows, wherever it stands', async () => {
    const { clientOf, entries } = open();
    const description = 'root@pam!ci=11111111-2222-3333-4444-555555555555 and hunter2';
    await clientOf('vm/web-01#1').put('/x', { params: { list: [{ description }], 'token-value': 'x', password: 'y' } });
    expect(paramsOf(entries)).toEqual([
      {
        list: [{ description: `root@pam!ci=${REDACTED} and cleaned` }],
        ...{ 'token-value': REDACTED, password: REDACTED },
      },
    ]);
  });

  it('stops the run where an event cannot be written, and sends nothing from then on', async () => {
    let isFull = false;
    const { log, clientOf, happened } = open({
      append: () => {
        if (isFull) throw FULL;
      },
    });
    isFull = true;
    log.event({ ...STAMP, type: 'run.started', formatVersion: '1.0', resources: 1, steps: 1 });
    expect([log.signal.aborted, log.signal.reason, log.failure()]).toEqual([true, FULL, FULL]);
    // There may be room again, but what was to be told before is missing.
    isFull = false;
    await expect(clientOf('vm/web-01#1').put('/x')).rejects.toBe(FULL);
    expect(happened).toEqual([]);
  });

  it('sends nothing where the record of a request does not come to the disk', async () => {
    const { log, clientOf, happened } = open({
      sync: async () => {
        throw FULL;
      },
    });
    await expect(clientOf('vm/web-01#1').put('/x')).rejects.toBe(FULL);
    expect([happened, log.failure(), log.signal.aborted]).toEqual([['request'], FULL, true]);
  });

  it('does not begin where its first record cannot be written', () => {
    const { log } = open({
      append: () => {
        throw new Error('no');
      },
    });
    expect(() => log.open(OPENING)).toThrow(expect.objectContaining({ code: 'AUDIT' }));
  });
});
