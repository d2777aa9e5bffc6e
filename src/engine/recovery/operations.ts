import type { StepRequest } from '../../core/step.ts';

/**
 * How a write may be sent again after its answer was lost. `same`: twice is as once. `digest`: the digest that it carries
 * refuses the second where the first was carried out. `read-back`: only after it was read that it was not carried out.
 */
export type Resend = 'same' | 'digest' | 'read-back';

/** What shows whether a write was carried out; `read-outcome.ts` reads it. */
export type Outcome =
  | 'guest made'
  | 'config keys'
  | 'disk size'
  | 'disk place'
  | 'runs'
  | 'stopped'
  | 'restarted'
  | 'resumed'
  | 'template'
  | 'node'
  | 'guest gone'
  | 'fields'
  | 'in list'
  | 'not in list'
  | 'rule list'
  | 'pool member'
  | 'file there'
  | 'file gone'
  | 'nothing';

/** One kind of write. */
export interface Operation {
  readonly name: string;
  readonly method: StepRequest['method'];
  /** The path with `{…}` for each part that varies. */
  readonly path: string;
  readonly resend: Resend;
  /** The types of the tasks that do it; none for what is done when the answer is sent. */
  readonly tasks: readonly string[];
  /** Whose id its task carries: that of the guest in the path, of the guest that is made, of a file, or of a volume's owner. */
  readonly taskId?: 'guest' | 'new guest' | 'file' | 'owner';
  readonly outcome: Outcome;
  /**
   * After a task that failed for a lock or a busy storage: `again` where that leaves nothing behind, `unchanged` where it
   * may be sent again as long as the guest's configuration is as before.
   */
  readonly afterBusy: 'again' | 'unchanged';
  /** Why, in a sentence. */
  readonly why: string;
  readonly source: string;
}

const GUEST = '/nodes/{node}/qemu/{vmid}';
const API = 'qemu-server: PVE/API2/Qemu.pm';
const FIREWALL = 'pve-firewall: PVE/API2/Firewall';
const HA = 'pve-ha-manager: PVE/API2/HA';

type Row = Omit<Operation, 'tasks' | 'afterBusy'> & Partial<Pick<Operation, 'tasks' | 'afterBusy'>>;

const row = (operation: Row): Operation => ({ tasks: [], afterBusy: 'again', ...operation });

const power = (name: string, verb: string, tasks: readonly string[], outcome: Outcome, why: string): Operation =>
  row({
    ...{ name, method: 'POST', path: `${GUEST}/status/${verb}`, resend: 'read-back', tasks, taskId: 'guest' },
    ...{ outcome, why, source: `${API}, vm_${verb}` },
  });

/** Every kind of write that a plan can hold; the first that fits a request is its own. */
export const OPERATIONS: readonly Operation[] = [
  row({
    ...{ name: 'create a guest', method: 'POST', path: '/nodes/{node}/qemu', resend: 'same' },
    ...{ tasks: ['qmcreate'], taskId: 'new guest', outcome: 'guest made' },
    why: 'An id is given out once: a second create of it is refused, and then the mark says whose guest it is.',
    source: `${API}, create_vm`,
  }),
  row({
    ...{ name: 'clone a guest', method: 'POST', path: `${GUEST}/clone`, resend: 'same' },
    ...{ tasks: ['qmclone'], taskId: 'guest', outcome: 'guest made' },
    why: 'As with a create; its task carries the id of the source, so that the new guest itself is looked at.',
    source: `${API}, clone_vm`,
  }),
  row({
    ...{ name: 'write the configuration', method: 'PUT', path: `${GUEST}/config`, resend: 'digest' },
    ...{ outcome: 'config keys', afterBusy: 'unchanged' },
    why: 'The digest refuses a second write where the first was done; the keys then say whether it was ours.',
    source: `${API}, update_vm_api`,
  }),
  row({
    ...{ name: 'write the configuration in a task', method: 'POST', path: `${GUEST}/config`, resend: 'digest' },
    ...{ tasks: ['qmconfig'], taskId: 'guest', outcome: 'config keys', afterBusy: 'unchanged' },
    why: 'The digest is checked again by the task, under the lock of the file.',
    source: `${API}, update_vm_api`,
  }),
  row({
    ...{ name: 'grow a disk', method: 'PUT', path: `${GUEST}/resize`, resend: 'digest' },
    ...{ tasks: ['resize'], taskId: 'guest', outcome: 'disk size' },
    why: 'The size is a whole one and not a difference, and the same size changes nothing; the digest is checked by the task.',
    source: `${API}, resize_vm`,
  }),
  row({
    ...{ name: 'move a disk', method: 'POST', path: `${GUEST}/move_disk`, resend: 'digest' },
    ...{ tasks: ['qmmove'], taskId: 'guest', outcome: 'disk place', afterBusy: 'unchanged' },
    why: 'A disk that was moved has another volume, and with it the configuration another digest.',
    source: `${API}, move_vm_disk`,
  }),
  power('start', 'start', ['qmstart', 'hastart'], 'runs', 'A second start of a guest that runs fails.'),
  power('shut down', 'shutdown', ['qmshutdown', 'hastop'], 'stopped', 'Somebody may have started it again.'),
  power('stop', 'stop', ['qmstop', 'hastop'], 'stopped', 'Somebody may have started it again.'),
  power('restart', 'reboot', ['qmreboot'], 'restarted', 'A second one would restart the guest once more.'),
  power('resume', 'resume', ['qmresume'], 'resumed', 'A guest that runs is not resumed.'),
  row({
    ...{ name: 'convert to a template', method: 'POST', path: `${GUEST}/template`, resend: 'read-back' },
    ...{ tasks: ['qmtemplate'], taskId: 'guest', outcome: 'template', afterBusy: 'unchanged' },
    why: 'A template is not converted again; one that was half converted has other volumes by then.',
    source: `${API}, template`,
  }),
  row({
    ...{ name: 'migrate', method: 'POST', path: `${GUEST}/migrate`, resend: 'read-back' },
    ...{ tasks: ['qmigrate', 'hamigrate'], taskId: 'guest', outcome: 'node' },
    why: 'A guest that has gone is not on the node that the path names.',
    source: `${API}, migrate_vm`,
  }),
  row({
    ...{ name: 'make the cloud-init drive anew', method: 'PUT', path: `${GUEST}/cloudinit`, resend: 'same' },
    outcome: 'nothing',
    why: 'The drive is made from the configuration as it is, however often.',
    source: `${API}, cloudinit_update`,
  }),
  row({
    ...{ name: 'destroy a guest', method: 'DELETE', path: GUEST, resend: 'read-back' },
    ...{ tasks: ['qmdestroy'], taskId: 'guest', outcome: 'guest gone' },
    why: 'Its id may be another guest’s by then: it is sent again only to the same incarnation.',
    source: `${API}, destroy_vm`,
  }),
  row({
    ...{ name: 'change firewall options', method: 'PUT', path: `${GUEST}/firewall/options`, resend: 'same' },
    outcome: 'fields',
    why: 'Options are set and removed by name.',
    source: `${FIREWALL}/VM.pm`,
  }),
  row({
    ...{ name: 'add a firewall rule', method: 'POST', path: `${GUEST}/firewall/rules`, resend: 'read-back' },
    outcome: 'rule list',
    why: 'It is put before the others, and an empty list has no digest that would refuse a second one.',
    source: `${FIREWALL}/Rules.pm, create_rule`,
  }),
  row({
    ...{ name: 'change a firewall rule', method: 'PUT', path: `${GUEST}/firewall/rules/{pos}`, resend: 'digest' },
    outcome: 'rule list',
    why: 'A place in the list means something only while its digest is as it was.',
    source: `${FIREWALL}/Rules.pm, update_rule`,
  }),
  row({
    ...{ name: 'remove a firewall rule', method: 'DELETE', path: `${GUEST}/firewall/rules/{pos}`, resend: 'digest' },
    outcome: 'rule list',
    why: 'The rules after it move up; the digest refuses a second removal.',
    source: `${FIREWALL}/Rules.pm, delete_rule`,
  }),
  ...(['aliases', 'ipset', 'ipset/{set}'] as const).flatMap((below): readonly Operation[] => {
    const what = { aliases: 'alias', ipset: 'set', 'ipset/{set}': 'entry of a set' }[below];
    const file = below === 'aliases' ? 'Aliases.pm' : 'IPSet.pm';
    const path = `${GUEST}/firewall/${below}`;
    const one = `${path}/{name}`;
    const source = `${FIREWALL}/${file}`;
    const change = row({
      ...{ name: `change an ${what}`, method: 'PUT', path: one, resend: 'same', outcome: 'fields' },
      ...{ why: 'Every value is sent along; the same ones change nothing.', source },
    });
    return [
      row({
        ...{ name: `add an ${what}`.replace('an set', 'a set'), method: 'POST', path, resend: 'read-back' },
        ...{ outcome: 'in list', why: 'A second one of that name is refused.', source },
      }),
      ...(below === 'ipset' ? [] : [change]),
      row({
        ...{ name: `remove an ${what}`.replace('an set', 'a set'), method: 'DELETE', path: one, resend: 'read-back' },
        ...{ outcome: 'not in list', why: 'One that is not there cannot be removed.', source },
      }),
    ];
  }),
  row({
    ...{ name: 'change members of a pool', method: 'PUT', path: '/pools', resend: 'read-back' },
    ...{ outcome: 'pool member', why: 'A member is not taken in twice, nor is one that left removed.' },
    source: 'pve-manager: PVE/API2/Pool.pm, update_pool',
  }),
  row({
    ...{ name: 'change members of a pool (7.4)', method: 'PUT', path: '/pools/{pool}', resend: 'read-back' },
    ...{ outcome: 'pool member', why: 'A member is not taken in twice, nor is one that left removed.' },
    source: 'pve-manager: PVE/API2/Pool.pm, update_pool',
  }),
  row({
    ...{ name: 'register HA', method: 'POST', path: '/cluster/ha/resources', resend: 'read-back' },
    ...{ outcome: 'in list', why: 'A resource is registered once.', source: `${HA}/Resources.pm, create` },
  }),
  row({
    ...{ name: 'change an HA resource', method: 'PUT', path: '/cluster/ha/resources/{sid}', resend: 'same' },
    ...{ outcome: 'fields', why: 'Options are set and removed by name.', source: `${HA}/Resources.pm, update` },
  }),
  row({
    ...{ name: 'take out of HA', method: 'DELETE', path: '/cluster/ha/resources/{sid}', resend: 'read-back' },
    ...{ outcome: 'not in list', why: 'What is not registered cannot be removed.' },
    source: `${HA}/Resources.pm, delete`,
  }),
  row({
    ...{ name: 'change an HA rule', method: 'PUT', path: '/cluster/ha/rules/{rule}', resend: 'digest' },
    ...{ outcome: 'fields', why: 'The whole list of resources is sent.', source: `${HA}/Rules.pm, update_rule` },
  }),
  row({
    ...{ name: 'download a file', method: 'POST', path: '/nodes/{node}/storage/{storage}/download-url' },
    ...{ resend: 'read-back', tasks: ['download'], taskId: 'file', outcome: 'file there' },
    why: 'A file of that name is not downloaded over, but where its checksum is the wanted one.',
    source: 'pve-manager: PVE/API2/Storage/Status.pm, download_url',
  }),
  row({
    ...{ name: 'delete a file', method: 'DELETE', path: '/nodes/{node}/storage/{storage}/content/{volume}' },
    ...{ resend: 'read-back', tasks: ['imgdel'], taskId: 'owner', outcome: 'file gone' },
    why: 'A file that is gone cannot be removed.',
    source: 'pve-storage: PVE/API2/Storage/Content.pm, delete',
  }),
];

const PATTERNS = OPERATIONS.map((operation): readonly [Operation, RegExp] => [
  operation,
  new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`),
]);

/** The kind of write that a request is; undefined for one that the table does not know, which is never sent again. */
export function operationOf({ method, path }: Pick<StepRequest, 'method' | 'path'>): Operation | undefined {
  return PATTERNS.find(([operation, pattern]) => operation.method === method && pattern.test(path))?.[0];
}
