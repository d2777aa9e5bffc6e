/** A guest, and the same with a second disk, whose volume somebody may attach elsewhere. */
export const WEB = 'kind: vm\nname: web\nvmid: 101\nnode: pve1\nha: false\n';
export const TWO_DISKS: string = `${WEB}disks: { scsi0: { size: 2GiB }, scsi1: { size: 1GiB } }\n`;

/** The second disk's volume. */
export const SECOND = 'ceph-pool:vm-101-disk-2';

/** Of a stack, whose guests `--prune` looks at. */
export const LAB = { project: 'kind: project\nstack: lab\n' } as const;
