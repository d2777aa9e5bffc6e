import type { Explanations } from './explanation.ts';

/** Errors about what is somebody else's, or was changed by somebody else. */
export const CONFLICT_ERRORS: Explanations<
  'FOREIGN_GUEST' | 'IDENTITY' | 'ID_TAKEN' | 'STALE' | 'LOCKED' | 'BUSY' | 'STUB' | 'SANDBOX_BUSY'
> = {
  FOREIGN_GUEST: {
    happened:
      'A guest matches a document, and pvevm did not make it; or it belongs to another stack. It was left alone.',
    causes: [
      'The guest was made by hand or with another tool.',
      'Another project with another `stack` owns it, or the `stack` of this project has changed.',
      'It is a clone or a restored backup of an own guest, whose mark names the other id.',
    ],
    remedies: [
      'To take it over, add `--adopt`; for the guest of another stack `--adopt=STACK`, and `--adopt=-` for one of no stack.',
      'To write a document that describes it as it is: `pvevm export ID`.',
      'If it is another guest, choose another `name` or `vmid`.',
    ],
  },
  IDENTITY: {
    happened: 'It is not certain which guest or object a document means, or whose it is.',
    causes: [
      'Not every node answered, so that a guest of that name may exist on one of them.',
      'Several guests have the same mark or name.',
      'The token may not see all guests.',
    ],
    remedies: [
      'Write `vmid` into the document.',
      'Bring the nodes back, or give the token VM.Audit on `/vms` or on the pool of the document.',
    ],
  },
  ID_TAKEN: {
    happened: 'The id or name that was asked for is in use.',
    causes: ['`vmid` names the guest of somebody else.', 'Somebody made a guest with that id meanwhile.'],
    remedies: ['Choose another `vmid`, or leave it out: the next free one is taken.'],
  },
  STALE: {
    happened: 'What the plan rests on has changed since it was made. What had changed was not overwritten.',
    causes: [
      'Somebody, or another run, changed the guest meanwhile.',
      'A saved plan is old, or was made for another cluster.',
      'The guest was destroyed, and another one has its id.',
    ],
    remedies: ['Plan again, look at what is different, and apply the new plan.'],
  },
  LOCKED: {
    happened: 'The guest is locked by a task, and stayed so for longer than was waited.',
    causes: [
      'A backup, a migration, a snapshot or a clone of it is running.',
      'A task was killed and left its lock behind.',
    ],
    remedies: [
      'Wait for the task to end, and run the command again.',
      'If there is no such task any more: `qm unlock ID` on the node.',
    ],
  },
  BUSY: {
    happened: 'A lock of a file, a storage or the cluster was held by somebody else for too long. Nothing was done.',
    causes: [
      'Many tasks use the same storage at a time.',
      'The cluster has no quorum, so that nothing in it can be changed.',
    ],
    remedies: [
      'Run the command again, with a smaller `--parallelism` where it happens often.',
      'Look at the quorum with `pvecm status` on a node.',
    ],
  },
  STUB: {
    happened:
      'An id holds the left-over of a create, clone or restore that did not end. pvevm neither takes nor deletes it.',
    causes: ['The task, or the node, was stopped in the middle of it.'],
    remedies: [
      'If nobody needs it: `qm unlock ID && qm destroy ID` on its node, then run the command again.',
      'Without `vmid` in the document, another id is taken.',
    ],
  },
  SANDBOX_BUSY: {
    happened: 'The folder or the port of the sandbox is in use by another process.',
    causes: ['Another pvevm with `--sandbox`, or `pvevm sandbox serve` of another machine or container, has it.'],
    remedies: ['Wait until it ends, or name another folder with `--sandbox=DIR`, or another port with `--port`.'],
  },
};
