import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const BASE = `kind: vm
name: web-01
disks: { scsi0: { size: 32GiB } }
network: { net0: {} }
`;

const EDITED = `kind: vm
name: web-01
cpu: { cores: 4 }
memory: { size: 4GiB }
tags: [web]
disks: { scsi0: { size: 40GiB }, scsi1: { size: 8GiB, discard: true } }
network: { net0: { vlan: 20 } }
`;

/** Digests hold the time of the guest's creation, so that they differ from run to run. */
function withoutDigests(writes: ReturnType<Harness['writes']>): unknown {
  const text = JSON.stringify(writes);
  expect(text.match(/"digest":"[0-9a-f]{40}"/g)).toHaveLength(writes.length);
  return JSON.parse(text.replace(/"digest":"[0-9a-f]{40}"/g, '"digest":"<sha1>"'));
}

it('P1 R-13: an edited document gives exactly its changes, as requests that carry nothing else', async () => {
  await harness.apply(BASE);
  harness.writes();
  const plan = await harness.apply(EDITED);
  expect(plan.resources[0]?.changes.map(({ path, before, after }) => [path, before, after])).toMatchInlineSnapshot(`
    [
      [
        "disks.scsi0.size",
        "32GiB",
        "40GiB",
      ],
      [
        "disks.scsi1",
        null,
        {
          "backup": true,
          "discard": true,
          "format": "raw",
          "iothread": true,
          "size": "8GiB",
          "ssd": true,
          "storage": "ceph-pool",
        },
      ],
      [
        "cpu.cores",
        2,
        4,
      ],
      [
        "memory.size",
        "2GiB",
        "4GiB",
      ],
      [
        "network.net0.vlan",
        null,
        20,
      ],
      [
        "tags",
        [
          "pvevm",
        ],
        [
          "pvevm",
          "web",
        ],
      ],
    ]
  `);
  expect(withoutDigests(harness.writes())).toMatchInlineSnapshot(`
    [
      {
        "method": "PUT",
        "params": {
          "cores": "4",
          "digest": "<sha1>",
          "memory": "4096",
          "tags": "pvevm;web",
        },
        "path": "/nodes/pve2/qemu/101/config",
      },
      {
        "method": "PUT",
        "params": {
          "digest": "<sha1>",
          "disk": "scsi0",
          "size": "40G",
        },
        "path": "/nodes/pve2/qemu/101/resize",
      },
      {
        "method": "POST",
        "params": {
          "digest": "<sha1>",
          "scsi1": "ceph-pool:8,discard=on,format=raw,iothread=1,ssd=1",
        },
        "path": "/nodes/pve2/qemu/101/config",
      },
      {
        "method": "POST",
        "params": {
          "digest": "<sha1>",
          "net0": "virtio=BC:24:11:02:0F:FA,bridge=vmbr9,firewall=1,tag=20",
        },
        "path": "/nodes/pve2/qemu/101/config",
      },
    ]
  `);
  const again = await harness.plan(EDITED);
  expect(again.resources[0]?.changes).toEqual([]);
  expect(again.resources[0]?.steps).toEqual([]);
});

it('P2: a second apply sends no write', async () => {
  await harness.apply(EDITED);
  expect(harness.writes().length).toBeGreaterThan(0);
  await harness.apply(EDITED);
  expect(harness.writes()).toEqual([]);
});

it('applies the same edit to a running guest, with what waits for a restart labelled and then reported pending', async () => {
  await harness.apply(`${BASE}power: running\n`);
  const plan = await harness.apply(EDITED);
  expect(plan.resources[0]?.changes.map(({ path, effect, note }) => [path, effect, note])).toMatchInlineSnapshot(`
    [
      [
        "disks.scsi0.size",
        "live",
        undefined,
      ],
      [
        "disks.scsi1",
        "live",
        undefined,
      ],
      [
        "cpu.cores",
        "restart",
        "pending until restart (hotplug: disk, network, usb)",
      ],
      [
        "memory.size",
        "restart",
        "pending until restart (hotplug: disk, network, usb)",
      ],
      [
        "network.net0.vlan",
        "live",
        undefined,
      ],
      [
        "tags",
        "live",
        undefined,
      ],
    ]
  `);
  const again = await harness.plan(EDITED);
  expect(again.resources[0]?.steps).toEqual([]);
  expect(again.resources[0]?.changes.map(({ path, state }) => [path, state])).toMatchInlineSnapshot(`
    [
      [
        "cpu.cores",
        "pending",
      ],
      [
        "memory.size",
        "pending",
      ],
    ]
  `);
});
