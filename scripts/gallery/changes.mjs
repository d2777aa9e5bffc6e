// A guest is made, and changes.
const WEB = `kind: vm
name: web-01
node: pve1
ha: false
power: running
cpu: { cores: 2 }
memory: { size: 4GiB }
disks:
  scsi0: { size: 32GiB }
network:
  net0: { bridge: vmbr0 }
`;

/** The document of the running guest of most situations. */
export const web = WEB;

/** What happens to one guest in the course of its life. */
export const changes = [
  {
    title: 'A new guest',
    text: 'Nothing has to be said but what differs from the defaults. The plan says which id and node the guest would get, and names each step.',
    play: async (lab) => {
      lab.file('web.yaml', 'kind: vm\nname: web-01\nmemory: { size: 4GiB }\npower: running\n');
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'Nothing to change',
    text: 'Straight after an apply there is nothing left to do.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', WEB);
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'A change that a running guest takes',
    text: 'A tag, a description and a network interface change while the guest runs.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', `${WEB.replace('vmbr0', 'vmbr0, vlan: 20')}tags: [web]\ndescription: The shop.\n`);
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'A change that waits for a restart',
    text: 'Memory cannot be changed while this guest runs. It is written, and waits; later plans say so, until the guest was restarted.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', `${WEB.replace('4GiB', '8GiB')}tags: [web]\n`);
      await lab.command('plan web.yaml', 0);
      lab.say('After `pvevm apply web.yaml`:');
      await lab.given({});
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'The same, with a restart allowed',
    text: 'With `--allow restart`, or `restart: allowed` in the document, the guest is restarted once, after everything is written.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', `${WEB.replace('4GiB', '8GiB')}restart: allowed\n`);
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'A change that a running guest refuses',
    text: 'A disk that the guest boots from cannot be taken from it while it runs. Where a restart is allowed, it is shut down for that, and started again.',
    play: async (lab) => {
      const disks = (more) => `disks:\n  scsi0: { size: 32GiB }\n  scsi1: ${more}\n`;
      const guest = (more, boot) => `${WEB.replace('disks:\n  scsi0: { size: 32GiB }\n', disks(more))}boot: ${boot}\n`;
      await lab.given({ 'web.yaml': guest('{ size: 1GiB }', '[scsi0, scsi1]') });
      lab.file('web.yaml', guest('null', '[scsi0]').replace('4GiB', '8GiB'));
      await lab.command('plan web.yaml', 4);
      await lab.command('plan web.yaml --allow restart', 0);
    },
  },
  {
    title: 'A guest that is to be stopped',
    text: 'What would wait for a restart is there when the guest starts again.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', WEB.replace('4GiB', '8GiB').replace('running', 'stopped'));
      await lab.command('plan web.yaml', 0);
    },
  },
  {
    title: 'A guest becomes a template',
    text: 'There is no way back, so that it takes consent: a document that says `template: true` is not enough.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': WEB });
      lab.file('web.yaml', `${WEB.replace('running', 'stopped')}template: true\n`);
      await lab.command('plan web.yaml', 0);
      await lab.command('apply -y web.yaml', 4);
    },
  },
  {
    title: 'Drift: what was changed by hand',
    text: 'Somebody has changed the memory, the tags and the bridge with `qm set`, and has set a watchdog. What the document says is brought back; what it does not mention stays, and is told where it waits for a restart.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': `${WEB}tags: [web]\n` });
      lab.file('web.yaml', `${WEB}tags: [web]\n`);
      const { net0 } = await lab.pve.get('/nodes/pve1/qemu/101/config');
      await lab.pve.put('/nodes/pve1/qemu/101/config', {
        params: { memory: 6144, tags: 'mine', net0: net0.replace('vmbr0', 'vmbr9'), watchdog: 'i6300esb' },
      });
      lab.say('```console\n# qm set 101 --memory 6144 --tags mine --watchdog i6300esb --net0 …,bridge=vmbr9\n```');
      await lab.command('plan web.yaml', 0);
    },
  },
];
