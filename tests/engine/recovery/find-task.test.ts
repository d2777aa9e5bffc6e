import { expect, it } from 'vitest';
import { findTask, type WantedTask } from '../../../src/engine/recovery/find-task.ts';
import type { PveReader } from '../../../src/pve/reader.ts';

const SENT_S = 1_800_000_000;
const ME = 'ci@pve!plan';

interface Row {
  readonly type?: string;
  readonly id?: string;
  readonly user?: string;
  /** Seconds after the request was sent. */
  readonly after?: number;
  readonly ended?: boolean;
}

const upidOf = ({ type = 'qmstart', id = '101', user = ME, after = 1 }: Row): string =>
  `UPID:pve1:0000000${after < 0 ? 'A' : after}:00000001:${(SENT_S + after).toString(16).toUpperCase()}:${type}:${id}:${user}:`;

async function find(rows: readonly Row[], wanted: Partial<WantedTask> = {}) {
  const reader: PveReader = {
    get: async (_path, options) => {
      expect(options?.query).toMatchObject({ source: 'all' });
      return rows.map((row) => ({ upid: upidOf(row), ...(row.ended === true ? { endtime: SENT_S + 9 } : {}) }));
    },
  };
  return await findTask(reader, {
    ...{ node: 'pve1', types: ['qmstart', 'hastart'], id: '101', user: ME, known: new Set<string>() },
    ...{ sentAt: SENT_S * 1000, ...wanted },
  });
}

it('R-22: the task of a lost write is the one of its type, its guest and its user that nobody knew', async () => {
  expect(await find([{}])).toMatchObject({ upid: upidOf({}), isRunning: true, isAfter: true });
  expect(await find([{ type: 'qmstop' }])).toBeUndefined();
  expect(await find([{ id: '102' }])).toBeUndefined();
  expect(await find([{ user: 'root@pam' }])).toBeUndefined();
  expect(await find([{}], { known: new Set([upidOf({})]) })).toBeUndefined();
});

it('R-22: a task that began before the request is not taken for its own without a look, nor where no clock tells', async () => {
  expect(await find([{ after: -3, ended: true }])).toMatchObject({ isAfter: false, isRunning: false });
  expect(await find([{ after: 0 }])).toMatchObject({ isAfter: true });
  expect(await find([{}], { sentAt: undefined })).toMatchObject({ isAfter: false });
});

it('R-22: of several tasks it is one that runs, else the one that began last', async () => {
  const rows = [{ after: 2, ended: true }, { after: 1 }, { after: 3, ended: true }] as const;
  expect((await find(rows))?.upid).toBe(upidOf({ after: 1 }));
  expect((await find([rows[0], rows[2]]))?.upid).toBe(upidOf({ after: 3 }));
});
