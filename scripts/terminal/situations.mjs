// What is shown on which terminal, and when a picture of it is taken.
const guests = (count) => `kind: vm
name: web
instances: ${count}
node: pve1
ha: false
power: running
network: { net0: { bridge: vmbr0 } }
`;
const WIDE = { columns: 140, rows: 30 };
const USUAL = { columns: 80, rows: 24 };
const NARROW = { columns: 40, rows: 16 };
const RUNS = { after: 3500, name: 'While it runs' };

/** The situations, in the order of the page. */
export const situations = [
  {
    ...{ title: 'A run', text: 'Below what has ended stands a line for each step that runs.', size: USUAL },
    ...{ files: { 'web.yaml': guests(4) }, command: 'apply -y web.yaml', steps: [RUNS] },
  },
  {
    ...{ title: 'The same on a wide terminal', text: 'Behind a step stands what it waits for.', size: WIDE },
    ...{ files: { 'web.yaml': guests(6) }, command: 'apply -y web.yaml', steps: [RUNS] },
  },
  {
    ...{ title: 'The same on a narrow one', text: 'What matters least is left out first.', size: NARROW },
    ...{ files: { 'web.yaml': guests(4) }, command: 'apply -y web.yaml', steps: [RUNS] },
  },
  {
    ...{ title: 'More guests than rows', text: 'The last line but one says how many are not shown.' },
    ...{ size: { columns: 80, rows: 9 }, files: { 'web.yaml': guests(16) } },
    ...{ command: 'apply -y web.yaml', steps: [{ ...RUNS, keys: '\u0003' }] },
  },
  {
    ...{ title: 'Ctrl-C', text: 'What runs is finished.', size: USUAL, files: { 'web.yaml': guests(3) } },
    ...{ command: 'apply -y web.yaml' },
    steps: [
      { after: 1800, keys: '\u0003' },
      { after: 250, name: 'After Ctrl-C' },
    ],
  },
  {
    ...{ title: 'A terminal that cannot draw', text: 'With `TERM=dumb` there are only lines that stay.', size: USUAL },
    ...{ env: { TERM: 'dumb' }, files: { 'web.yaml': guests(2) }, command: 'apply -y web.yaml', steps: [RUNS] },
  },
  {
    ...{ title: 'Without colour', text: 'With `NO_COLOR=1` all else is the same.', size: USUAL },
    ...{ env: { NO_COLOR: '1' }, files: { 'web.yaml': guests(2) }, command: 'apply -y web.yaml', steps: [RUNS] },
  },
  {
    ...{ title: 'Quiet', text: 'With `--quiet` there is the result.', size: USUAL },
    ...{ files: { 'web.yaml': guests(2) }, command: 'apply -y --quiet web.yaml', steps: [] },
  },
  {
    ...{ title: 'A long plan', text: 'Guests that are alike stand together.', size: { columns: 80, rows: 60 } },
    ...{ files: { 'web.yaml': guests(30) }, command: 'plan web.yaml', steps: [] },
  },
];
