// Whose a guest is, and what nobody describes any more.
const small = (name, more = '') => `kind: vm\nname: ${name}\nnode: pve1\nha: false\n${more}`;
const PROJECT = 'kind: project\nstack: lab\n';

/** Guests of others, guests that no document describes, guests that end. */
export const ownership = [
  {
    title: 'Somebody else’s guest',
    text: 'Guest 120 was made by hand. Where it differs from the document nothing is written, unless it is adopted.',
    play: async (lab) => {
      await lab.pve.post('/nodes/pve1/qemu', { params: { vmid: 120, name: 'db-01', memory: 2048, cores: 1 } });
      await lab.sandbox.settled();
      lab.file('db.yaml', 'kind: vm\nname: db-01\nvmid: 120\ndefaults: none\nmemory: { size: 4GiB }\n');
      await lab.command('plan db.yaml', 7);
      await lab.command('plan --adopt db.yaml', 0);
    },
  },
  {
    title: 'Pruning, and a rename',
    text: 'Guest `web` was renamed to `shop` in the documents, and `old` has none any more. A plan that would create one name and remove another says so; `renamedFrom` makes it an update.',
    play: async (lab) => {
      await lab.given({ 'pvevm.yaml': PROJECT, 'web.yaml': small('web'), 'old.yaml': small('old') });
      lab.remove('web.yaml');
      lab.remove('old.yaml');
      lab.file('pvevm.yaml', PROJECT);
      lab.file('shop.yaml', small('shop'));
      await lab.command('plan --prune', 0);
      lab.file('shop.yaml', small('shop', 'renamedFrom: web\n'));
      await lab.command('plan --prune', 0);
      await lab.command('apply --prune -y', 4);
    },
  },
  {
    title: 'An ephemeral guest',
    text: 'A guest with a `ttl` carries its end in its mark, and `pvevm reap` destroys it when that is over.',
    play: async (lab) => {
      lab.file('runner.yaml', small('runner-01', 'ttl: 4h\npower: running\nwaitFor: { agent: 5m }\n'));
      await lab.command('plan runner.yaml', 0);
    },
  },
  {
    title: 'A saved plan has gone stale',
    text: 'A saved plan is carried out exactly as it was read, or not at all. Here somebody has given the guest more cores in between.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': small('web-01') });
      lab.file('web.yaml', small('web-01', 'memory: { size: 8GiB }\n'));
      await lab.command('plan -o my.plan web.yaml', 0);
      await lab.pve.put('/nodes/pve1/qemu/101/config', { params: { cores: 8 } });
      lab.say('```console\n# qm set 101 --cores 8\n```');
      await lab.command('apply my.plan', 7);
    },
  },
  {
    title: 'Destroying',
    text: 'Only what pvevm owns is removed, and the plan names each volume that goes.',
    play: async (lab) => {
      await lab.given({ 'web.yaml': small('web-01', 'power: running\n') });
      lab.file('web.yaml', small('web-01', 'power: running\n'));
      await lab.command('destroy web.yaml', 4);
    },
  },
];
