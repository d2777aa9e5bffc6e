import type { Explanations } from './explanation.ts';

/** Errors about what a plan needs, and about carrying it out. */
export const CARRYING_OUT_ERRORS: Explanations<
  | 'MISSING'
  | 'CONSENT'
  | 'IMPOSSIBLE'
  | 'PVE_PARAMETER'
  | 'PVE_NOT_FOUND'
  | 'PVE_ERROR'
  | 'TASK_FAILED'
  | 'INTERRUPTED'
  | 'AUDIT'
  | 'OUTPUT'
  | 'INTERNAL'
> = {
  MISSING: {
    happened: 'Something that a document names, or that is asked for, is not there, or cannot be used for it.',
    causes: [
      'A storage, bridge, ISO, template, pool or node is misspelt, or exists on other nodes only.',
      'A built-in default names what this cluster does not have; the message says so.',
      'A storage is full, not active, or not meant for this content.',
      'A guest was not created yet, or shows no address.',
    ],
    remedies: [
      'Take one of the candidates that the message names.',
      'Write the value into the document, or for all documents into `defaults` of `pvevm.yaml`.',
    ],
  },
  CONSENT: {
    happened:
      'The plan needs an effect that was not allowed, or nobody answered its question. Nothing more was written.',
    causes: [
      'The plan restarts, migrates or recreates a guest, or destroys data.',
      'The answer was no, or there is no terminal to ask on and no `-y`.',
    ],
    remedies: [
      'Read the plan: it names each such effect, and every volume that would go.',
      'If that is meant, add `--allow` with the effects that it names, as in `--allow restart,data-loss`.',
      'In scripts, add `-y`, or apply a plan that `pvevm plan -o plan.json` has saved.',
    ],
  },
  IMPOSSIBLE: {
    happened: 'The documents ask for what Proxmox VE, or this version of it, cannot do.',
    causes: [
      'A disk would become smaller, or a disk would start from a larger image.',
      'A value is fixed once the guest exists.',
      'Two devices cannot be together, or a slot is taken.',
    ],
    remedies: ['Do as the message says: it names another way, or the command to run by hand.'],
  },
  PVE_PARAMETER: {
    happened: 'The server refused the parameters of a request. The request changed nothing.',
    causes: [
      'A value of `options` is not one that the server knows.',
      'The server is of another version than pvevm knows.',
    ],
    remedies: [
      'Look at the parameters that the message names.',
      'If they come from a field of the document, report it: a plan should have found it.',
    ],
  },
  PVE_NOT_FOUND: {
    happened: 'The server says that something does not exist.',
    causes: ['It was removed meanwhile.', 'A guest was destroyed or moved to another node.'],
    remedies: ['Plan again: the new plan starts from what is there.'],
  },
  PVE_ERROR: {
    happened: 'The server answered with an error that has no code of its own, or not as Proxmox VE does.',
    causes: [
      'The node has a problem, which the words of the server name.',
      'The endpoint leads to something else, such as a proxy or Proxmox Backup Server.',
    ],
    remedies: [
      'Read the words of the server in the message; the journal of the node has more.',
      'Check the endpoint with `pvevm doctor`.',
    ],
  },
  TASK_FAILED: {
    happened: 'A task on a node ended with an error. The end of its log is shown.',
    causes: [
      'A storage is full or not reachable.',
      'QEMU does not start: memory, a device or a file is not there.',
      'Somebody stopped the task.',
      'Its worker was killed, or its node restarted: it then ends without a word (`unexpected status`).',
    ],
    remedies: [
      'Read the end of the log, and remove the cause.',
      'Run the command again: it goes on from what is there.',
    ],
  },
  INTERRUPTED: {
    happened: 'The run was interrupted. Steps that ran were finished, unless it was interrupted twice.',
    causes: ['Ctrl-C, the end of the terminal or of the CI job, or the input ended before an answer.'],
    remedies: ['Run the command again: it finds what was done and goes on.'],
  },
  AUDIT: {
    happened: 'The audit log cannot be written, and without it nothing is done; or it is not as it was written.',
    causes: [
      'The folder does not exist, the disk is full, or the file is not yours to write.',
      'The file is no audit log, or its end was changed.',
    ],
    remedies: [
      'Check the file that `--audit`, `PVEVM_AUDIT` or the context names.',
      'See `pvevm audit verify FILE` for what is wrong with it, and begin a new one.',
    ],
  },
  OUTPUT: {
    happened:
      'Standard output could not be written to its end. What the command does besides was done: what it prints is not whole.',
    causes: ['The disk on which the output goes to a file is full, or the file may not be larger.'],
    remedies: [
      'Make room, or send the output elsewhere.',
      'Run the command again: where something was written to the cluster, it finds that.',
    ],
  },
  INTERNAL: {
    happened: 'pvevm came to a state that it should never come to.',
    causes: ['It is a defect of pvevm.'],
    remedies: ['Run the command again with `--debug`, and report what it prints.'],
  },
};
