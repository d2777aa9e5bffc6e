// What the rest of the cluster has to do with it: objects, privileges, templates, HA, nodes.

/** Guests in their cluster. */
export const clusterSituations = [
  {
    title: 'What the cluster does not have',
    text: 'All of it is found at once, before anything is written, and each with its place in the file and what there is in its stead.',
    play: async (lab) => {
      lab.file(
        'web.yaml',
        'kind: vm\nname: web-01\nnode: pve1\nha: false\ndisks:\n  scsi0: { storage: ssd-pool, size: 32GiB }\nnetwork:\n  net0: { bridge: vmbr7 }\nos: { media: "local:iso/debian-12.iso" }\n',
      );
      await lab.command('plan web.yaml', 9);
    },
  },
  {
    title: 'A privilege is missing',
    text: 'What the token may not do is told per step, with the command that grants it.',
    play: async (lab) => {
      lab.useToken([
        'acl:1:/nodes:ci@pve:PVEAuditor:',
        'acl:1:/vms:ci@pve:PVEVMAdmin:',
        'acl:1:/storage:ci@pve:PVEDatastoreUser:',
      ]);
      lab.file('web.yaml', 'kind: vm\nname: web-01\nnode: pve1\nha: false\n');
      await lab.command('plan web.yaml', 5);
    },
  },
  {
    title: 'A template from an image, and a clone of it',
    text: 'The order is found by itself: the image, the template, the clone.',
    play: async (lab) => {
      lab.file(
        'debian.yaml',
        `kind: image
name: debian-13
storage: local
node: pve1
url: https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2
---
kind: vm
name: tpl-debian
node: pve1
ha: false
template: true
os: { media: none }
disks:
  scsi0: { size: 20GiB, image: image/debian-13 }
---
kind: vm
name: app-01
node: pve1
clone: vm/tpl-debian
memory: { size: 4GiB }
power: running
`,
      );
      await lab.command('plan debian.yaml', 0);
    },
  },
  {
    title: 'High availability',
    text: 'In a cluster of three nodes a guest whose disks are on shared storage is registered by default. Here it is written, with options of its own.',
    play: async (lab) => {
      await lab.given({ 'db.yaml': 'kind: vm\nname: db-01\nnode: pve2\nha: false\npower: running\n' });
      lab.file(
        'db.yaml',
        'kind: vm\nname: db-01\nnode: pve2\nha: { maxRestart: 3, comment: the database }\npower: running\n',
      );
      await lab.command('plan db.yaml', 0);
    },
  },
  {
    title: 'A guest has to go to another node',
    text: 'Only `onMoved: migrate` plans a migration, and it takes `--allow migrate`.',
    play: async (lab) => {
      const guest = (node, more = '') => `kind: vm\nname: db-01\nnode: ${node}\nha: false\npower: running\n${more}`;
      await lab.given({ 'db.yaml': guest('pve2') });
      lab.file('db.yaml', guest('pve3'));
      await lab.command('plan db.yaml', 0);
      lab.file('db.yaml', guest('pve3', 'onMoved: migrate\n'));
      await lab.command('plan db.yaml', 0);
      await lab.command('apply -y db.yaml', 4);
    },
  },
];
