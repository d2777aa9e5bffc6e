import { expect, it } from 'vitest';
import type { Plan } from '../../../src/core/plan.ts';
import { formatPlan, type PlanTextOptions } from '../../../src/report/plan/plan-text.ts';
import { createTheme } from '../../../src/report/theme.ts';
import { change, newResource, plan, resource, step } from '../plans.ts';

const plain = createTheme(false);

function format(value: Plan, options: Partial<PlanTextOptions> = {}): string {
  return formatPlan(value, { theme: plain, label: 'https://pve1:8006', width: 80, ...options });
}

const update = resource({
  changes: [
    change({ effect: 'restart', note: 'pending until restart (hotplug: disk, network, usb)' }),
    change({ path: 'disks.scsi0.size', key: 'scsi0', before: '32GiB', after: '40GiB' }),
    change({
      path: 'disks.scsi1',
      key: 'scsi1',
      before: null,
      after: { storage: 'ceph-pool', size: '100GiB', ssd: true, backup: false },
    }),
    change({ path: 'network.net1', key: 'net1', before: 'virtio=BC:24:11:00:00:01,bridge=vmbr9', after: null }),
    change({ path: 'cpu.limit', key: 'cpulimit', before: 2, after: null }),
  ],
  unmanaged: ['startup', 'hookscript'],
  steps: [
    step('vm/web-01#1', 'change memory', {
      request: {
        method: 'PUT',
        path: '/nodes/pve1/qemu/104/config',
        params: { memory: '4096', delete: 'cpulimit', digest: 'abc' },
      },
    }),
    step('vm/web-01#2', 'grow disk scsi0 to 40G', {
      request: { method: 'PUT', path: '/nodes/pve1/qemu/104/resize', params: { disk: 'scsi0', size: '40G' } },
      await: { for: 'task', timeoutMs: 3_600_000 },
    }),
  ],
});

const create = newResource({
  changes: [
    change({ path: 'name', key: 'name', before: null, after: 'db-01', effect: 'none', origin: 'db.yaml:2:7' }),
    change({ path: 'cpu.cores', key: 'cores', before: null, after: 4, effect: 'none', origin: 'db.yaml:3:8' }),
    change({ path: 'cpu.type', key: 'cpu', before: null, after: 'host', effect: 'none', origin: 'built-in default' }),
    change({
      path: 'disks.scsi0',
      key: 'scsi0',
      before: null,
      after: { storage: 'ceph-pool', size: '32GiB', iothread: true },
      effect: 'none',
      origin: 'built-in default',
    }),
    change({
      path: 'network.net0',
      key: 'net0',
      before: null,
      after: { model: 'virtio', bridge: 'vmbr0', vlan: 20 },
      effect: 'none',
      origin: 'built-in default',
    }),
    change({ path: 'tags', key: 'tags', before: null, after: ['db', 'pvevm'], effect: 'none', origin: 'db.yaml:4:7' }),
    change({ path: 'description (mark)', key: 'description', before: null, after: 'pvevm:-:vm/db-01:{vmid}' }),
  ],
  steps: [step('vm/db-01#1', 'create'), step('vm/db-01#2', 'set serial console'), step('vm/db-01#3', 'start')],
});

const remove = resource({
  address: 'vm/old-01',
  action: 'delete',
  source: { file: 'old.yaml', line: 1 },
  vmid: 107,
  changes: [
    change({
      path: 'scsi0',
      key: 'scsi0',
      before: 'ceph-pool:vm-107-disk-0, 32G',
      after: null,
      effect: 'data-loss',
      origin: 'destroy',
    }),
    change({
      path: 'unused0',
      key: 'unused0',
      before: 'ceph-pool:vm-107-disk-1',
      after: null,
      effect: 'data-loss',
      origin: 'destroy',
    }),
  ],
  steps: [step('vm/old-01#1', 'destroy', { effect: 'data-loss' })],
});

it('shows each resource with its place, its changes, their effects and its steps', () => {
  expect(format(plan([update, create, remove], { stack: 'lab' }))).toBe(
    `https://pve1:8006 (Proxmox VE 9.2.11, cluster lab)   stack lab

  ~ vm/web-01   104 on pve1                                           web.yaml:3
      memory.size       2 GiB → 4 GiB
                        ! pending until restart (hotplug: disk, network, usb)
      disks.scsi0.size  32 GiB → 40 GiB                        live
    + disks.scsi1       100 GiB on ceph-pool, ssd, no backup   live
    - network.net1      virtio=BC:24:11:00:00:01,bridge=vmbr9  live
      cpu.limit         2 → (none)                             live
      2 steps: change memory, grow disk scsi0 to 40G

  + vm/db-01   id 101 (next free), node: pve2 (most free memory)       db.yaml:1
      cpu           cores 4, type host
      disks.scsi0   32 GiB on ceph-pool, iothread
      network.net0  virtio on vmbr0, vlan 20
      tags          db, pvevm
      3 steps: create, set serial console, start

  - vm/old-01   107 on pve1                                           old.yaml:1
    - scsi0    ceph-pool:vm-107-disk-0, 32 GiB  ! data-loss
    - unused0  ceph-pool:vm-107-disk-1          ! data-loss
      1 step: destroy

Plan: 1 to add, 1 to change, 1 to destroy.
1 change takes effect after a restart (--allow restart).
It needs --allow data-loss.
`,
  );
});

it('R-16: marks the steps that have to be allowed, and names what apply asks for', () => {
  const doomed = resource({
    changes: [change({ path: 'disks.scsi1', key: 'scsi1', before: 'ceph-pool:vm-104-disk-1', after: null })],
    steps: [
      step('vm/web-01#1', 'detach disk scsi1'),
      step('vm/web-01#2', 'destroy unused0: ceph-pool:vm-104-disk-1', { effect: 'data-loss' }),
      step('vm/web-01#3', 'restart', { needs: ['restart'] }),
    ],
  });
  const steps = ['detach disk scsi1', 'destroy unused0: ceph-pool:vm-104-disk-1 (! data-loss)', 'restart'];
  expect(format(plan([doomed]), { width: 110 })).toContain(`      3 steps: ${steps.join(', ')}\n`);
  const numbered = steps.map((title, index) => `        ${index + 1}. ${title}\n`).join('');
  expect(format(plan([doomed]))).toContain(`      3 steps:\n${numbered}`);
  expect(format(plan([doomed]), { showRequests: true })).toContain(
    '      2. destroy unused0: ceph-pool:vm-104-disk-1 (! data-loss)\n',
  );
  expect(format(plan([doomed]))).toContain('0 to destroy. It needs --allow data-loss,restart.\n');
  expect(format(plan([doomed]), { allowed: new Set(['restart']) })).toContain('It needs --allow data-loss.\n');
  expect(format(plan([doomed]), { allowed: new Set(['restart', 'data-loss']) })).toMatch(/0 to destroy\.\n$/);
  expect(format(plan([remove]), { removal: true })).not.toContain('--allow');
});

it('shows each firewall rule of a new guest, in order', () => {
  const rules = [
    { action: 'ACCEPT', macro: 'SSH', source: '+admins' },
    { action: 'ACCEPT', protocol: 'tcp', dport: [80, 443] },
  ];
  const made = resource({
    action: 'create',
    changes: [
      change({ path: 'firewall.enabled', before: null, after: true }),
      change({ path: 'firewall.rules', before: null, after: rules }),
    ],
  });
  expect(format(plan([made]))).toContain(`
      firewall        enabled
      firewall.rules  as follows:
          action ACCEPT, macro SSH, source +admins
          action ACCEPT, protocol tcp, dport 80, 443
`);
});

it('shows of a new guest what is written to its cloud-init drive beside the drive', () => {
  const made = resource({
    action: 'create',
    changes: [
      change({ path: 'cloudInit.user', key: 'ciuser', before: null, after: 'admin' }),
      change({ path: 'cloudInit', key: 'ide0', before: null, after: { storage: 'ceph-pool' } }),
      change({ path: 'cloudInit.password', key: 'cipassword', before: null, after: '********' }),
    ],
    steps: [step('vm/web-01#1', 'create')],
  });
  expect(format(plan([made]))).toContain('      cloudInit  storage ceph-pool, user admin, password ********\n');
});

it('shows the parts of a value that is on by itself', () => {
  const changes = [
    change({ path: 'ha', key: 'ha', before: null, after: true }),
    change({ path: 'ha.maxRestart', key: 'ha.max_restart', before: null, after: 2 }),
  ];
  expect(format(plan([{ ...create, changes }]))).toContain('      ha  maxRestart 2\n');
  expect(format(plan([{ ...create, changes: changes.slice(0, 1) }]))).toContain('      ha  true\n');
});

it('R-20: shows the requests with their parameters, and what is waited for', () => {
  expect(format(plan([update]), { showRequests: true })).toContain(
    `
      1. change memory
         PUT /nodes/pve1/qemu/104/config
           memory: "4096"
           delete: "cpulimit"
           digest: "abc"
      2. grow disk scsi0 to 40G
         PUT /nodes/pve1/qemu/104/resize
           disk: "scsi0"
           size: "40G"
         waits until the task has ended, at most 60 min
`,
  );
});

it('says with verbose where values come from, and what is not managed', () => {
  const text = format(plan([create, update]), { verbose: true });
  expect(text).toContain(
    `
      cpu.cores     4                              (db.yaml:3:8)
      cpu.type      host                           (built-in default)
      disks.scsi0   32 GiB on ceph-pool, iothread  (built-in default)
`,
  );
  expect(text).toContain('      unmanaged: startup, hookscript\n');
});

it('says that there are no changes, and leaves resources without any out', () => {
  const text = format(plan([resource({ action: 'none' })]));
  expect(text).toBe(
    'https://pve1:8006 (Proxmox VE 9.2.11, cluster lab)\n\nNo changes. The cluster matches the documents.\n',
  );
  expect(format(plan([resource({ action: 'none' })]), { verbose: true })).toContain('    vm/web-01   104 on pve1');
});

it('words the empty plan of a removal', () => {
  expect(format(plan([], { cluster: { name: null, version: '9.2.11' } }), { removal: true })).toBe(
    'https://pve1:8006 (Proxmox VE 9.2.11)\n\nNo changes. Nothing of these documents is there to destroy.\n',
  );
});

it('shows what waits for a restart, and what cannot be written', () => {
  const waiting = resource({
    action: 'none',
    changes: [
      change({ state: 'pending', effect: 'restart', note: 'written; takes effect at the next full start' }),
      change({ path: 'cpu.cores', before: 2, after: 4, state: 'drift', effect: 'none' }),
    ],
  });
  expect(format(plan([waiting]))).toBe(
    `https://pve1:8006 (Proxmox VE 9.2.11, cluster lab)

    vm/web-01   104 on pve1                                           web.yaml:3
      memory.size  2 GiB → 4 GiB
                   ! waits for a restart (written; takes effect at the next full
                   start)
      cpu.cores    2 → 4          ! differs, and cannot be written

No changes. There is nothing to write.
1 change made before waits for a restart (--allow restart).
`,
  );
});

it('R-50: sends no control character of a file or a server', () => {
  const hostile = resource({
    address: 'vm/\x1b[31m' as never,
    node: '\u202epve1',
    source: { file: '\x07.yaml', line: 1 },
    changes: [change({ path: '\u009b', before: '\x1b]0;title\x07', after: 'a\nb', note: '\x1b[2J' })],
    steps: [step('vm/a#1', '\x1b[1m', { request: { method: 'PUT', path: '/\x1b', params: { '\x1b': '\u009b' } } })],
  });
  for (const showRequests of [true, false]) {
    const text = format(plan([hostile]), { label: '\x1b', showRequests, verbose: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\x1b[31m');
  }
});

it('R-48: shows no secret of a token that a value repeats', () => {
  const leaking = resource({ changes: [change({ after: 'root@pam!ci=12345678-1234-1234-1234-123456789abc' })] });
  expect(format(plan([leaking]))).toContain('2 GiB → root@pam!ci=********');
});

it('colours symbols and effects', () => {
  const text = formatPlan(plan([remove]), { theme: createTheme(true), label: 'x' });
  expect(text).toContain('\x1b[31m-\x1b[39m');
  expect(text).toContain('\x1b[33m! data-loss\x1b[39m');
});

it('takes a terminal that does not say its width for one of 100 columns', () => {
  const head = (width: number | undefined): string | undefined =>
    formatPlan(plan([create]), { theme: plain, label: 'x', width }).split('\n')[2];
  expect(head(0)).toBe(head(undefined));
  expect(head(undefined)).toHaveLength(100);
});

it('says with origins where each value comes from, and each part of a new device', () => {
  const range = { file: 'web.yaml', line: 9, column: 20, length: 6 };
  const written = { text: 'web.yaml:9:20', builtIn: false, range };
  const builtIn = { text: 'built-in default', builtIn: true };
  const origins = new Map([
    [
      update.address,
      new Map([
        ['/disks/scsi1/storage', builtIn],
        ['/disks/scsi1/size', written],
        ['/disks/scsi1/ssd', builtIn],
        ['/disks/scsi1/backup', written],
      ]),
    ],
    [create.address, new Map([['/network/net0/vlan', written]])],
  ]);
  const text = format(plan([update, create]), { origins, width: 110 });
  expect(text).toContain(`
      disks.scsi0.size  32 GiB → 40 GiB                        live  (web.yaml:7:10)
    + disks.scsi1       100 GiB on ceph-pool, ssd, no backup   live  (web.yaml:7:10)
        .storage        ceph-pool                              (built-in default)
        .size           100 GiB                                (web.yaml:9:20)
        .ssd            true                                   (built-in default)
        .backup         false                                  (web.yaml:9:20)
    - network.net1      virtio=BC:24:11:00:00:01,bridge=vmbr9  live  (web.yaml:7:10)
`);
  expect(text).toContain('      cpu.cores     4                              (db.yaml:3:8)\n');
  expect(text).toContain('        .vlan       20                             (web.yaml:9:20)\n');
  expect(text).not.toContain('()');
  expect(text).not.toContain('unmanaged');
  expect(format(plan([update]))).not.toContain('.storage');
});

it('lists steps by number where a title has a comma of its own', () => {
  const titles = ['change tags, description', 'restart'];
  const many = resource({ steps: titles.map((title, index) => step(`vm/web-01#${index + 1}`, title)) });
  expect(format(plan([many]))).toContain('      2 steps:\n        1. change tags, description\n        2. restart\n');
});

it('breaks what is wider than the terminal: values after commas, effects and long titles between words', () => {
  const long = change({
    path: 'disks.scsi1',
    before: null,
    after: { storage: 'ceph-pool', size: '100GiB', image: 'local:import/debian-13-genericcloud-amd64.qcow2' },
    effect: 'restart',
  });
  const text = format(plan([resource({ changes: [long], steps: [step('vm/web-01#1', `do ${'this, '.repeat(20)}`)] })]));
  expect(text).toContain(
    `    + disks.scsi1  100 GiB on ceph-pool,
                   image local:import/debian-13-genericcloud-amd64.qcow2
                   ! pending until restart
`,
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('R-16: tells what the plan applies itself from what goes on waiting', () => {
  const applied = resource({
    changes: [
      change({ effect: 'restart', appliedBy: 'restart', note: 'takes effect with the restart' }),
      change({ path: 'cpu.cores', effect: 'restart', appliedBy: 'restart', state: 'pending', note: 'written before' }),
    ],
    steps: [step('vm/web-01#1', 'restart')],
  });
  const text = format(plan([applied]));
  expect(text).toContain('! takes effect with the restart\n');
  expect(text).toContain('! written before\n');
  expect(text).not.toMatch(/after a restart|made before|waits/);
});
