import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isObject } from '../../src/core/json.ts';
import { createClusterView } from '../../src/pve/cluster.ts';
import { rowsOf } from '../../src/pve/decode.ts';
import { errorOfAnswer } from '../../src/pve/errors.ts';
import type { Method } from '../../src/pve/request.ts';
import { parseUpid } from '../../src/pve/upid.ts';
import { createFakeReader } from './fake-reader.ts';

/** What the tests here need of a recorded exchange. */
interface Exchange {
  readonly method: Method;
  readonly path: string;
  readonly params: readonly (readonly [key: string, value: unknown])[] | null;
  readonly status: number;
  readonly reason: string;
  readonly response?: unknown;
  readonly text?: string;
}

const FOLDER = process.env['PVEVM_RECORDINGS'];

function recorded(version: string): readonly Exchange[] {
  const folder = join(FOLDER ?? '', version);
  return readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      // The recorder wrote each line in this shape; the tests fail where it is another.
      .map((line) => JSON.parse(line) as Exchange),
  );
}

function dataOf({ response }: Exchange): unknown {
  return isObject(response) ? response['data'] : undefined;
}

// The recordings are not part of the project: without PVEVM_RECORDINGS, which names their folder, these tests are skipped.
describe.skipIf(FOLDER === undefined).each(['9.2', '8.4'])(
  'the real Proxmox VE %s, which is skipped without PVEVM_RECORDINGS',
  (version) => {
    const exchanges = FOLDER === undefined ? [] : recorded(version);
    const reads = exchanges.filter(
      ({ method, status, path }) => method === 'GET' && status === 200 && path.startsWith('/api2/json/'),
    );

    it.each([
      ['/version$', (view: View) => view.version()],
      ['/cluster/resources$', (view: View) => view.resources()],
      ['/cluster/status$', (view: View) => view.clusterStatus()],
      ['/cluster/ha/resources$', (view: View) => view.haResources()],
      ['/cluster/nextid$', (view: View) => view.nextId()],
      ['/access/permissions$', (view: View) => view.permissions()],
      ['/pools$', (view: View) => view.pools()],
      ['/nodes/pve1/qemu$', (view: View) => view.guestsOn('pve1')],
      ['/nodes/pve1/storage$', (view: View) => view.storagesOf('pve1')],
      ['/nodes/pve1/storage/[^/]+/content$', (view: View) => view.content('pve1', 'local', 'iso')],
      ['/nodes/pve1/network$', (view: View) => view.bridges('pve1')],
      ['/nodes/pve1/tasks$', (view: View) => view.runningTasks('pve1')],
      ['/nodes/pve1/qemu/\\d+/pending$', (view: View) => view.pending('pve1', 100)],
      ['/nodes/pve1/qemu/\\d+/status/current$', (view: View) => view.guestStatus('pve1', 100)],
    ] as const)('is understood at %s', async (path, look) => {
      const answers = reads.filter((exchange) => new RegExp(`^/api2/json${path}`).test(exchange.path));
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) {
        await look(createClusterView(createFakeReader(() => dataOf(answer))));
      }
    });

    it('keeps every item of a pending configuration', async () => {
      for (const exchange of reads.filter(({ path }) => path.endsWith('/pending'))) {
        const { items } = await createClusterView(createFakeReader(() => dataOf(exchange))).pending('pve1', 100);
        const keys = rowsOf('', dataOf(exchange)).map((row) => row.text('key'));
        expect([...items.keys(), 'digest'].sort()).toEqual(keys.sort());
      }
    });

    it('is quoted in every error', () => {
      const refused = exchanges.filter(({ status, path }) => status >= 400 && path.startsWith('/api2/json/'));
      expect(refused.length).toBeGreaterThan(100);
      for (const { method, path, status, reason, response, text } of refused) {
        const attempt = { method, path, endpoint: 'https://pve1:8006', secrets: [] };
        const body = response === undefined ? (text ?? '') : JSON.stringify(response);
        const error = errorOfAnswer(attempt, { status, reason, body });
        expect(error.message).toContain(reason.replace(/\.$/, ''));
        expect(error.status).toBe(status);
        const errors = isObject(response) && isObject(response['errors']) ? response['errors'] : {};
        expect(Object.keys(error.parameters)).toEqual(Object.keys(errors));
      }
    });

    it('gives task ids that can be taken apart', () => {
      const upids = exchanges.map(dataOf).filter((data) => typeof data === 'string' && data.startsWith('UPID:'));
      expect(upids.length).toBeGreaterThan(50);
      for (const upid of upids) expect(parseUpid(upid), String(upid)).toMatchObject({ node: 'pve1' });
    });
  },
);

type View = ReturnType<typeof createClusterView>;
