import type { Change, Plan, ResourcePlan } from '../../../src/core/plan.ts';
import { formatPlan, type PlanTextOptions } from '../../../src/report/plan/plan-text.ts';
import { change, plan, resource, step } from '../plans.ts';
import type { Situation } from './situation.ts';

type Shown = Partial<Omit<PlanTextOptions, 'theme' | 'width'>>;

function situation(title: string, shown: Plan, more: Shown = {}): Situation {
  const label = 'context home (https://pve1:8006)';
  return { title, show: (look) => formatPlan(shown, { ...look, label, ...more }) };
}

const made = (path: string, after: Change['after']): Change =>
  change({ path, key: path, before: null, after, effect: 'none', origin: 'web.yaml:4:8' });

const disk = { storage: 'ceph-pool', size: '32GiB', format: 'raw', iothread: true, ssd: true, backup: true };
const guest: readonly Change[] = [
  made('name', 'web-01'),
  made('os.type', 'l26'),
  made('os.media', 'cephfs:iso/nixos-minimal-25.05.iso'),
  made('system.machine.type', 'q35'),
  made('system.bios', 'ovmf'),
  made('system.scsiController', 'virtio-scsi-single'),
  made('system.efi', { type: '4m', preEnrolledKeys: false }),
  made('disks.scsi0', disk),
  made('cpu.cores', 4),
  made('cpu.type', 'host'),
  made('memory.size', '4GiB'),
  made('network.net0', { model: 'virtio', bridge: 'vmbr0', vlan: 20, firewall: true }),
];
const titles = (address: string, ...named: readonly string[]) =>
  named.map((title, index) => step(`${address}#${index + 1}`, title));

const create = resource({
  ...{ action: 'create', node: 'pve2', nodeReason: 'most free memory', vmidChosen: true, changes: guest },
  steps: titles('vm/web-01', 'create', 'set serial console', 'register HA (started)', 'wait until HA has started it'),
});
const waiting = change({ effect: 'restart', note: 'pending until restart (hotplug: disk, network, usb)' });
const update = resource({
  changes: [
    waiting,
    change({ path: 'disks.scsi0.size', before: '32GiB', after: '40GiB' }),
    change({ path: 'disks.scsi1', before: null, after: { storage: 'ceph-pool', size: '100GiB', ssd: true } }),
    change({ path: 'network.net1', before: 'virtio=BC:24:11:00:00:01,bridge=vmbr9', after: null }),
    change({ path: 'tags', before: ['web'], after: ['web', 'production'] }),
  ],
  unmanaged: ['startup', 'hookscript', 'smbios1', 'vmgenid'],
  steps: titles('vm/web-01', 'change memory, tags', 'grow disk scsi0 to 40G', 'add disk scsi1', 'remove net1'),
});
const remove = resource({
  ...{ address: 'vm/old-01', action: 'delete', vmid: 107, reason: 'in no document of stack lab' },
  changes: ['scsi0', 'efidisk0'].map((slot, index) =>
    change({
      ...{ path: `disks.${slot}`, before: `ceph-pool:vm-107-disk-${index}, 32G`, after: null, effect: 'data-loss' },
    }),
  ),
  steps: [
    step('vm/old-01#1', 'shut down', { effect: 'data-loss' }),
    step('vm/old-01#2', 'destroy', { effect: 'data-loss', removes: ['ceph-pool:vm-107-disk-0'] }),
  ],
});

const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
const runbook = Array.from({ length: 40 }, (_one, index) => `${index + 1}. Look at gauge number ${index + 1}.`);
const keys = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGNbHurPyyQUAhzw9FeqPt95/qVG/cKGQL5MeAIRqP3Z ${name}@desk`);

function fleet(count: number, of: (index: number) => Partial<ResourcePlan>): readonly ResourcePlan[] {
  return Array.from({ length: count }, (_one, index) => {
    const name = `web-${String(index + 1).padStart(2, '0')}`;
    return resource({ address: `vm/${name}`, vmid: 101 + index, node: `pve${(index % 3) + 1}`, ...of(index) });
  });
}

const newFleet = fleet(30, (index) => ({
  ...{ action: 'create', vmidChosen: true },
  changes: [
    made('name', `web-${String(index + 1).padStart(2, '0')}`),
    made('disks.scsi0', disk),
    made('memory.size', '4GiB'),
    made('cloudInit.ip.net0', `192.0.2.${index + 1}/24`),
  ],
  steps: titles(`vm/web-${index + 1}`, 'create', 'set serial console', 'start'),
}));

/** Plans of all kinds. */
export const planSituations: readonly Situation[] = [
  situation('a guest is made', plan([create])),
  situation('a guest is made, with the origin of each value', plan([create]), { verbose: true }),
  situation('a guest changes', plan([update], { stack: 'lab' })),
  situation('a guest changes, and all of it is asked for', plan([update]), { verbose: true }),
  situation('a guest changes, with its requests', plan([{ ...update, steps: update.steps.slice(0, 1) }]), {
    showRequests: true,
  }),
  situation('a guest is destroyed', plan([remove], { stack: 'lab' })),
  situation('destroy, of one that is there', plan([remove]), { removal: true }),
  situation('destroy, of nothing', plan([]), { removal: true }),
  situation('all at once', plan([update, create, remove], { stack: 'lab' })),
  situation('nothing to do', plan([resource({ action: 'none' })])),
  situation('nothing to do, and all of it is asked for', plan([resource({ action: 'none' })]), { verbose: true }),
  situation(
    'a change waits for a restart',
    plan([resource({ action: 'none', changes: [{ ...waiting, state: 'pending', note: 'written on Monday' }] })]),
  ),
  situation(
    'a restart applies what waits',
    plan([
      resource({
        changes: [{ ...waiting, appliedBy: 'restart', note: 'takes effect with the restart' }],
        steps: [...titles('vm/web-01', 'change memory'), step('vm/web-01#2', 'restart', { needs: ['restart'] })],
      }),
    ]),
  ),
  situation(
    'a description changes in the middle',
    plan([
      resource({
        changes: [
          change({
            ...{ path: 'description', effect: 'none', before: text(runbook) },
            after: text(runbook.with(20, '21. Look at the other gauge.\u0020')),
          }),
        ],
        steps: titles('vm/web-01', 'change description'),
      }),
    ]),
  ),
  situation(
    'a description comes and one goes',
    plan(
      [
        [null, 'The first web server\n\nOwner: ops'],
        ['The first web server\n\nOwner: ops', null],
        [null, 'The shop.'],
      ].map(([before = null, after = null], index) =>
        resource({
          address: `vm/web-0${index + 1}`,
          changes: [change({ path: 'description', effect: 'none', before, after })],
          steps: titles(`vm/web-0${index + 1}`, 'change description'),
        }),
      ),
    ),
  ),
  situation(
    'a long line of text changes at its end',
    plan([
      resource({
        changes: [
          change({
            ...{ path: 'description', effect: 'none' },
            before: `${'A very long story. '.repeat(8)}The end.`,
            after: `${'A very long story. '.repeat(8)}To be continued.`,
          }),
        ],
        steps: titles('vm/web-01', 'change description'),
      }),
    ]),
  ),
  situation(
    'SSH keys come and go',
    plan([
      resource({
        changes: [change({ path: 'cloudInit.sshKeys', before: keys('anna', 'ben'), after: keys('anna', 'cleo') })],
        steps: titles('vm/web-01', 'change sshkeys', 'regenerate the cloud-init drive'),
      }),
    ]),
  ),
  situation(
    'a guest with long texts is made',
    plan([
      {
        ...create,
        changes: [...guest, made('description', text(runbook)), made('cloudInit.sshKeys', keys('anna', 'ben'))],
      },
    ]),
  ),
  situation(
    'firewall rules come and go',
    plan([
      resource({
        changes: [
          change({
            path: 'firewall.rules',
            before: [{ direction: 'in', action: 'ACCEPT', port: '22' }],
            after: [
              { direction: 'in', action: 'ACCEPT', port: '22', source: '192.0.2.0/24' },
              { direction: 'in', action: 'ACCEPT', port: '443' },
            ],
          }),
        ],
        steps: titles('vm/web-01', 'change firewall rule 0', 'add firewall rule 1'),
      }),
    ]),
  ),
  situation(
    'wide characters, accents and emoji',
    plan([
      resource({
        changes: [
          change({ path: 'description', effect: 'none', before: 'サーバー 一号機', after: 'サーバー 二号機 🚀' }),
          change({ path: 'tags', effect: 'live', before: ['größe'], after: ['gro\u0308ße', '👩‍👩‍👧‍👦'] }),
          change({ path: 'memory.size', effect: 'live' }),
        ],
        steps: titles('vm/web-01', 'change description, tags', 'change memory'),
      }),
    ]),
  ),
  situation(
    'Japanese, which has no blanks to break at',
    plan([
      resource({
        changes: [
          change({ path: 'description', effect: 'none', before: '旧', after: 'このサーバーは本番用です。'.repeat(9) }),
        ],
        steps: titles('vm/web-01', 'change description'),
      }),
    ]),
  ),
  situation('thirty guests are made that are alike', plan(newFleet)),
  situation(
    'forty guests change, and two of them otherwise',
    plan(
      fleet(40, (index) => ({
        changes: index === 7 || index === 9 ? [waiting] : [change({ path: 'tags', before: [], after: ['web'] })],
        steps: titles(`vm/web-${index + 1}`, index === 7 || index === 9 ? 'change memory' : 'change tags'),
      })),
    ),
  ),
  situation(
    'an image is downloaded for a clone',
    plan([
      resource({
        ...{ address: 'image/debian-13', action: 'create', vmid: null, identity: 'local:import/debian-13.qcow2' },
        changes: [made('url', `https://cloud.example.org/${'images/'.repeat(9)}debian-13-genericcloud-amd64.qcow2`)],
        steps: titles('image/debian-13', 'download'),
      }),
      resource({
        ...{ action: 'create', from: 'clone of tpl-debian (9000), linked', vmid: 120 },
        changes: [change({ before: '2GiB', after: '4GiB', effect: 'none' })],
        steps: titles('vm/web-01', 'clone', 'change memory', 'start'),
      }),
    ]),
  ),
];
