import { failure } from '../../api-error.ts';
import type { Endpoint } from '../../host.ts';
import type { GuestDraft } from './draft.ts';
import { printDrive } from './drive.ts';
import { checkLock, type GuestScope, isRunning, loadDraft, scopeOf, writeDraft } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { guestTask } from './guest-task.ts';
import { snapshotNames } from './snapshot-section.ts';
import { volumeHasFeature } from './volume-feature.ts';

/** `POST …/template`: makes a template of a guest, or of one more disk of a template (qemu-server: PVE/API2/Qemu.pm). */
export const templateEndpoint: Endpoint = {
  method: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/template',
  handle(call) {
    const { disk } = call.params;
    const key = typeof disk === 'string' ? disk : undefined;
    checkTemplate(scopeOf(call), key);
    return guestTask(call, 'qmtemplate', (scope) => {
      const draft = checkTemplate(scope, key);
      draft.current.set('template', '1');
      makeBases(scope, draft, key);
      writeDraft(scope, draft);
    });
  },
};

function checkTemplate(scope: GuestScope, disk: string | undefined): GuestDraft {
  const draft = loadDraft(scope);
  checkLock(draft);
  if (snapshotNames(draft.sections).length > 0) {
    throw failure('unable to create template, because VM contains snapshots');
  }
  if (draft.current.get('template') === '1' && disk === undefined) {
    throw failure("you can't convert a template to a template");
  }
  if (isRunning(scope)) throw failure("you can't convert a VM to template if VM is running");
  return draft;
}

/** Renames the disks of a template to base images; disks whose storage has none stay (template_create). */
export function makeBases(scope: GuestScope, draft: GuestDraft, only?: string): void {
  for (const { key, drive } of disksOf(scope.host.facts, draft.current)) {
    if (only !== undefined && key !== only) continue;
    if (!volumeHasFeature(scope, drive.file, 'template')) continue;
    const { volid } = scope.host.volumes.makeBase(drive.file, scope.node);
    draft.current.set(key, printDrive({ ...drive, file: volid }));
  }
}
