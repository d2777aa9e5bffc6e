import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import { type Harness, startHarness } from '../harness.ts';
import { configOf, errorsOf, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const SECRET = '00000000-0000-4000-8000-000000000001';
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\npool: dev\n';

it('R-2: with a token that has rights on a pool only, the mark is in the create request and the tag comes next', async () => {
  await harness.pve.post('/pools', { params: { poolid: 'dev' } });
  const users = join(harness.sandbox.directory, 'user.cfg');
  const rights = [
    'user:ci@pve:1:0:::::',
    'token:ci@pve!plan:0:0::',
    'acl:1:/pool/dev:ci@pve:PVEAdmin:',
    'acl:1:/storage:ci@pve:PVEDatastoreAdmin:',
    'acl:1:/sdn:ci@pve:PVESDNUser:',
  ];
  writeFileSync(users, `${readFileSync(users, 'utf8')}\n${rights.join('\n')}\n`);
  const tokens = join(harness.sandbox.directory, 'priv/token.cfg');
  writeFileSync(tokens, `${readFileSync(tokens, 'utf8').trimEnd()}\nci@pve!plan ${SECRET}\n`);
  harness.sandbox.reload();
  const pve = createPveClient({
    endpoint: harness.sandbox.endpoint,
    credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
    trust: { ca: harness.sandbox.ca },
  });
  try {
    const plan = await harness.plan(WEB, { pve });
    expect(errorsOf(plan)).toEqual([]);
    expect(titlesOf(plan)).toEqual(['create', 'set serial console', 'set tags']);
    expect(await harness.run(plan, () => undefined, undefined, pve)).toMatchObject({ outcome: 'ok', errors: [] });
    await harness.sandbox.settled();
    expect(await configOf(harness, 101)).toMatchObject({ description: 'pvevm:-:vm/web-01:101', tags: 'pvevm' });
    const again = await harness.plan(WEB, { pve });
    expect(titlesOf(again)).toEqual([]);
    expect(again.diagnostics).toMatchObject([{ severity: 'warning', summary: 'not checked', pointer: '/ha' }]);
    const ordered = await harness.plan(`${WEB}startup: { order: 1 }\n`, { pve });
    expect(errorsOf(ordered)).toMatchObject([
      { code: 'PERMISSION', detail: expect.stringContaining('Sys.Modify on /') },
    ]);
    expect(titlesOf(ordered)).toEqual([]);
  } finally {
    await pve.close();
  }
});
