import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource, rangeOf } from '../../../core/resource.ts';
import type { ManagedValue, Observation } from '../../kind.ts';
import { attributeField } from '../ha/registration.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';

/** What a document says of being a template. It is no config value to be written: the disks have to be converted too. */
export function templateValues(resource: Resource): readonly ManagedValue[] {
  const written = resource.spec['template'];
  if (typeof written !== 'boolean') return [];
  const origin = originOf(resource, '/template');
  const field = { ...attributeField('template', 'boolean', 'I'), privilege: 'VM.Allocate' };
  const value = written ? true : undefined;
  return [{ path: 'template', key: 'template', field, value, origin: origin.text, builtIn: origin.builtIn }];
}

/** Whether a document's guest is to be a template. */
export function isWantedTemplate(desired: readonly ManagedValue[]): boolean {
  return desired.some((managed) => managed.key === 'template' && managed.value === true);
}

/**
 * The step that makes a template of a guest (qemu-server: PVE/API2/Qemu.pm, template). On a guest that was there before
 * it has the effect `recreate`: it is never started again, there is no way back but to make another, and so it waits
 * for consent; what this run made itself becomes what its document says.
 */
export function templateDrafts(path: string, wanted: boolean, isNew: boolean): readonly Draft[] {
  if (!wanted) return [];
  return [
    {
      title: isNew ? 'convert to template' : 'convert to template (there is no way back)',
      effect: isNew ? 'none' : 'recreate',
      request: { method: 'POST', path: `${path}/template`, params: {} },
      await: { for: 'task', timeoutMs: TIMEOUTS.volume },
    },
  ];
}

/** What stands in the way of a template: a guest that runs or has snapshots, a template that is to be one no more, or to run. */
export function templateProblems(
  resource: Resource,
  { live, vmid }: Observation,
  changes: readonly Change[],
): readonly Diagnostic[] {
  const refuse = (pointer: string, summary: string, detail: string): readonly Diagnostic[] => {
    const range = rangeOf(resource, pointer);
    return [{ severity: 'error', code: 'IMPOSSIBLE', summary, detail, range, address: resource.address, pointer }];
  };
  const change = changes.find(({ key }) => key === 'template');
  const power = changes.find(({ key }) => key === 'status');
  if (change?.after === null) {
    const detail = `Guest ${vmid} is a template, and template is false (${change.origin}). Its disks are base images, which Proxmox VE does not turn back. Make a guest of it with clone.from: ${vmid}, or leave template out.`;
    return refuse('/template', 'a template stays one', detail);
  }
  if (change === undefined && live?.current.get('template') === '1' && power?.after === 'running') {
    const detail = `Guest ${vmid} is a template, and power is running (${power.origin}). Proxmox VE does not start a template. Leave power out, and make a guest of it with clone.from: ${vmid}.`;
    return refuse('/power', 'a template does not run', detail);
  }
  if (change === undefined || live === undefined) return [];
  if (live.running && power?.after !== 'stopped') {
    const detail = `Guest ${vmid} runs, and template is true (${change.origin}). Proxmox VE converts stopped guests only. Write power: stopped beside it, or shut the guest down first.`;
    return refuse('/template', 'a running guest cannot become a template', detail);
  }
  if (live.current.has('parent')) {
    const detail = `Guest ${vmid} has snapshots, the last of them ${live.current.get('parent')}, and template is true (${change.origin}). Proxmox VE converts no guest with snapshots. Remove them first: qm listsnapshot ${vmid}`;
    return refuse('/template', 'a guest with snapshots cannot become a template', detail);
  }
  return [];
}
