import type { Change, Plan, ResourcePlan } from '../../src/core/plan.ts';
import type { Step } from '../../src/core/step.ts';

/** A change of a running guest, with what a test says of it. */
export function change(more: Partial<Change>): Change {
  return {
    path: 'memory.size',
    key: 'memory',
    before: '2GiB',
    after: '4GiB',
    effect: 'live',
    state: 'change',
    origin: 'web.yaml:7:10',
    ...more,
  };
}

/** A step of a guest. */
export function step(id: string, title: string, more: Partial<Step> = {}): Step {
  return {
    id,
    resource: id.replace(/#.*/, '') as Step['resource'],
    title,
    effect: 'none',
    await: { for: 'none', timeoutMs: 60_000 },
    ...more,
  };
}

/** The plan of one guest, with what a test says of it. */
export function resource(more: Partial<ResourcePlan>): ResourcePlan {
  return {
    address: 'vm/web-01',
    action: 'update',
    source: { file: 'web.yaml', line: 3 },
    node: 'pve1',
    vmid: 104,
    vmidChosen: false,
    dependsOn: [],
    incarnation: null,
    digest: null,
    changes: [],
    unmanaged: [],
    steps: [],
    ...more,
  };
}

/** The plan of a guest that is to be made, with what a test says of it. */
export function newResource(more: Partial<ResourcePlan>): ResourcePlan {
  return resource({
    address: 'vm/db-01',
    action: 'create',
    source: { file: 'db.yaml', line: 1 },
    node: 'pve2',
    nodeReason: 'most free memory',
    vmid: 101,
    vmidChosen: true,
    ...more,
  });
}

/** A plan of some guests. */
export function plan(resources: readonly ResourcePlan[], more: Partial<Plan> = {}): Plan {
  const count = (action: ResourcePlan['action']): number =>
    resources.filter((candidate) => candidate.action === action).length;
  return {
    formatVersion: '1.0',
    cluster: { name: 'lab', version: '9.2.11' },
    stack: null,
    resources,
    diagnostics: [],
    summary: { add: count('create'), change: count('update'), destroy: count('delete'), restart: 0 },
    ...more,
  };
}
