// Disks grow, come, go and move.
import { web } from './changes.mjs';

const disks = (lines) => web.replace('  scsi0: { size: 32GiB }\n', lines.map((line) => `  ${line}\n`).join(''));

/** What happens to the disks of a guest. */
export const diskSituations = [
  {
    title: 'A disk grows, and one is added',
    text: 'Both happen while the guest runs.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': web });
      lab.file('web.yaml', disks(['scsi0: { size: 64GiB }', 'scsi1: { size: 100GiB, storage: local-lvm }']));
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'A disk is detached, or destroyed',
    text: '`null` detaches a disk and keeps its volume. With `unused: destroy` the volume goes too, which takes `--allow data-loss`.',
    play: async (lab) => {
      const two = ['scsi0: { size: 32GiB }', 'scsi1: { size: 100GiB }'];
      await lab.given({ 'web.yaml': disks(two) });
      lab.file('web.yaml', disks([two[0], 'scsi1: null']));
      await lab.command('plan web.yaml', 0);
      lab.file('web.yaml', `${disks([two[0], 'scsi1: null'])}unused: destroy\n`);
      await lab.command('plan web.yaml', 0);
      await lab.command('apply -y web.yaml', 4);
    },
  },
  {
    title: 'A disk moves to another storage',
    text: 'The guest runs on meanwhile; the old copy is deleted when the new one is complete.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': web });
      lab.file('web.yaml', disks(['scsi0: { size: 32GiB, storage: local-lvm }']));
      await lab.command('plan web.yaml', 0);
    },
  },
];
