import { failure } from '../../api-error.ts';
import type { Endpoint } from '../../host.ts';
import { storageOf } from './drive.ts';
import { type GuestScope, loadDraft, scopeOf } from './guest.ts';
import { disksOf } from './guest-drives.ts';
import { snapshotOf } from './snapshot-section.ts';
import { storageNamed } from './storage-access.ts';
import { guestHasFeature, type VolumeFeature } from './volume-feature.ts';

/** `GET …/feature`: whether all disks can be cloned, copied or snapshotted (qemu-server: PVE/API2/Qemu.pm, vm_feature). */
export const featureEndpoint: Endpoint = {
  method: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/feature',
  handle(call) {
    const scope = scopeOf(call);
    const draft = loadDraft(scope);
    const { snapname, feature } = call.params;
    const snapshot = typeof snapname === 'string' ? snapname : undefined;
    const values = snapshot === undefined ? draft.current : snapshotOf(draft.sections, snapshot);
    if (values === undefined) throw failure(`snapshot '${snapshot}' does not exist`);
    // The API facts let only names of features pass.
    const hasFeature = guestHasFeature(scope, values, feature as VolumeFeature, snapshot);
    return { hasFeature: hasFeature ? 1 : 0, nodes: [...nodesOf(scope, values)] };
  },
};

/** The nodes that reach all disks: this one alone where a disk is local. */
function nodesOf(scope: GuestScope, values: ReadonlyMap<string, string>): readonly string[] {
  const storages = disksOf(scope.host.facts, values).flatMap(({ drive }) => {
    const id = storageOf(drive.file);
    return id === undefined ? [] : [storageNamed(scope.host, id)];
  });
  return [...scope.host.nodes.keys()].filter((node) =>
    storages.every(({ shared, nodes }) => (shared || node === scope.node) && (nodes?.includes(node) ?? true)),
  );
}
