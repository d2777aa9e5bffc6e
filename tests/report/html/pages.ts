import type { Plan } from '../../../src/core/plan.ts';
import { formatPlanHtml, type PlanHtmlOptions } from '../../../src/report/html/plan-html.ts';
import { change, newResource, plan, resource, step } from '../plans.ts';

/** A plan in which most things occur: a guest that changes, one that is made, and one that goes. */
export function mixedPlan(): Plan {
  const changes = [
    change({ effect: 'restart', note: 'pending until restart (hotplug: disk, network, usb)' }),
    change({ path: 'disks.scsi0.size', key: 'scsi0', before: '32GiB', after: '40GiB', origin: 'web.yaml:9:18' }),
    change({
      path: 'disks.scsi1',
      key: 'scsi1',
      before: null,
      after: { storage: 'ceph-pool', size: '100GiB', ssd: true },
    }),
    change({ path: 'network.net1', key: 'net1', before: 'virtio=BC:24:11:00:00:01,bridge=vmbr9', after: null }),
    change({
      path: 'description',
      key: 'description',
      before: 'The shop.\nAsk Ada.\n',
      after: 'The shop.\nAsk Grace.\n',
    }),
  ];
  const update = resource({
    changes,
    unmanaged: ['startup'],
    steps: [
      step('vm/web-01#1', 'change memory', {
        effect: 'restart',
        request: { method: 'PUT', path: '/nodes/pve1/qemu/104/config', params: { memory: '4096', digest: 'abc' } },
      }),
      step('vm/web-01#2', 'grow disk scsi0 to 40G', {
        effect: 'live',
        request: { method: 'PUT', path: '/nodes/pve1/qemu/104/resize', params: { disk: 'scsi0', size: '40G' } },
        await: { for: 'task', timeoutMs: 3_600_000 },
      }),
    ],
  });
  const create = newResource({
    changes: [
      change({ path: 'cpu.cores', key: 'cores', before: null, after: 4, effect: 'none', origin: 'db.yaml:3:8' }),
      change({ path: 'cpu.type', key: 'cpu', before: null, after: 'host', effect: 'none', origin: 'built-in default' }),
    ],
    steps: [step('vm/db-01#1', 'create'), step('vm/db-01#2', 'start')],
  });
  const volume = 'ceph-pool:vm-107-disk-0';
  const remove = resource({
    address: 'vm/old-01',
    action: 'delete',
    source: { file: 'pvevm.yaml', line: 1 },
    vmid: 107,
    reason: 'in no document of stack lab',
    changes: [change({ path: 'scsi0', key: 'scsi0', before: `${volume}, 32G`, after: null, effect: 'data-loss' })],
    steps: [step('vm/old-01#1', 'destroy', { effect: 'data-loss', removes: [volume] })],
  });
  const same = resource({
    address: 'vm/keep',
    action: 'none',
    vmid: 108,
    changes: [change({ state: 'pending', effect: 'restart' })],
  });
  const diagnostics: Plan['diagnostics'] = [
    {
      severity: 'warning',
      code: 'IDENTITY',
      summary: 'this may be a rename',
      detail: 'The plan removes vm/old-01 and makes vm/db-01.',
      range: { file: 'db.yaml', line: 2, column: 7, length: 5 },
    },
  ];
  return plan([create, update, same, remove], { stack: 'lab', diagnostics });
}

/** The texts of the files that `mixedPlan` speaks of. */
export const FILES: ReadonlyMap<string, string> = new Map([['db.yaml', 'kind: vm\nname: db-01\ncpu: { cores: 4 }\n']]);

/** A plan as a page. */
export function pageOf(value: Plan, more: Partial<PlanHtmlOptions> = {}): string {
  return formatPlanHtml(value, { label: 'https://pve1:8006', files: FILES, ...more });
}

/** A plan of many guests, each with a few changes and steps. */
export function longPlan(count: number): Plan {
  const [create, update] = mixedPlan().resources;
  if (create === undefined || update === undefined) throw new Error('no guests');
  const named = (of: typeof create, index: number): typeof create => ({
    ...of,
    address: `vm/guest-${String(index).padStart(4, '0')}`,
    vmid: 1000 + index,
  });
  return plan(Array.from({ length: count }, (_, index) => named(index % 2 === 0 ? create : update, index)));
}
