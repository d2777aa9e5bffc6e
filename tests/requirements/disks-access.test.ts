import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import type { PveClient } from '../../src/pve/reader.ts';
import { type Harness, startHarness } from '../harness.ts';
import { errorsOf, setByHand } from './guests.ts';

let harness: Harness;
let pve: PveClient;
const SECRET = '00000000-0000-4000-8000-000000000001';

beforeEach(async () => {
  harness = await startHarness();
  const users = join(harness.sandbox.directory, 'user.cfg');
  const rights = [
    'user:ci@pve:1:0:::::',
    'token:ci@pve!plan:0:0::',
    'acl:1:/vms:ci@pve:PVEVMAdmin:',
    'acl:1:/nodes:ci@pve:PVEAuditor:',
    'acl:1:/sdn:ci@pve:PVESDNUser:',
    'acl:1:/storage/ceph-pool:ci@pve:PVEDatastoreUser:',
    'acl:1:/storage/local-lvm:ci@pve:PVEAuditor:',
    'acl:1:/storage/local:ci@pve:PVEDatastoreUser:',
    'acl:1:/storage/cephfs:ci@pve:PVEDatastoreUser:',
  ];
  writeFileSync(users, `${readFileSync(users, 'utf8')}\n${rights.join('\n')}\n`);
  const tokens = join(harness.sandbox.directory, 'priv/token.cfg');
  writeFileSync(tokens, `${readFileSync(tokens, 'utf8').trimEnd()}\nci@pve!plan ${SECRET}\n`);
  harness.sandbox.reload();
  pve = createPveClient({
    endpoint: harness.sandbox.endpoint,
    credentials: { type: 'token', token: `ci@pve!plan=${SECRET}` },
    trust: { ca: harness.sandbox.ca },
  });
});
afterEach(async () => {
  await pve.close();
  await harness.close();
});

const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

async function denied(yaml: string): Promise<readonly (string | undefined)[][]> {
  return errorsOf(await harness.plan(yaml, { pve })).map(({ code, pointer, detail }) => [
    code,
    pointer,
    /\S+ on \/[^,]*/.exec(detail)?.[0],
  ]);
}

it('R-21: making, moving and growing disks needs Datastore.AllocateSpace on the storage', async () => {
  const need = 'Datastore.AllocateSpace on /storage/local-lvm';
  expect(await denied(`${WEB}disks: { scsi0: { size: 1GiB } }\n`)).toEqual([]);
  expect(await denied(`${WEB}disks: { scsi0: { size: 1GiB, storage: local-lvm } }\n`)).toEqual([
    ['PERMISSION', '/disks/scsi0/storage', need],
  ]);
  await harness.apply(`${WEB}disks: { scsi0: { size: 1GiB }, scsi1: { size: 1GiB, storage: local-lvm } }\n`);
  const moved = `${WEB}disks: { scsi0: { storage: local-lvm }, scsi1: {} }\n`;
  expect(await denied(moved)).toEqual([['PERMISSION', '/disks/scsi0/storage', need]]);
  const grown = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: { size: 2GiB } }\n`;
  expect(await denied(grown)).toEqual([['PERMISSION', '/disks/scsi1/size', need]]);
});

it('R-21: destroying unused volumes needs Datastore.AllocateSpace on their storage', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB, storage: local-lvm } }\n`);
  await setByHand(harness, 101, { delete: 'scsi1' });
  expect(await denied(`${WEB}disks: { scsi0: {} }\nunused: destroy\n`)).toEqual([
    ['PERMISSION', '/unused', 'Datastore.AllocateSpace on /storage/local-lvm'],
  ]);
});

it('R-21: a volume of another id needs Datastore.Allocate, the host’s CD drive Sys.Console', async () => {
  await harness.apply(`${WEB}disks: { scsi0: {} }\n`);
  await harness.pve.post('/nodes/pve1/storage/ceph-pool/content', {
    params: { filename: 'vm-900-disk-0', vmid: 900, size: '2G' },
  });
  expect(await denied(`${WEB}disks: { scsi0: {}, scsi1: { volume: "ceph-pool:vm-900-disk-0" } }\n`)).toContainEqual([
    'PERMISSION',
    '/disks/scsi1/volume',
    'Datastore.Allocate on /storage/ceph-pool',
  ]);
  expect(await denied(`${WEB}disks: { scsi0: {} }\nos: { media: physical }\n`)).toEqual([
    ['PERMISSION', '/os/media', 'Sys.Console on /'],
  ]);
});
