// The table of operations, docs/recovery.md: what becomes of each kind of write when something goes wrong on its way.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/recovery.md');

const INTRODUCTION = `<!-- Written by \`npm run gen:recovery\`; changes here are lost. -->

# When something goes wrong on the way

Proxmox VE may answer late, drop a connection, or be busy. What a run does then follows from what failed, and from the
operation.

| What happened | What is done |
|---|---|
| The request was certainly not sent: no connection, an unknown host, status 595 | It is sent again, for up to two minutes |
| The answer was lost: a reset, a time-out, status 502, 503, 504, 596, 599 | Its task is looked for, then what it leaves; what was not carried out is sent again, with the same parameters, where the table below allows it |
| Busy: a lock of a file, a storage or the cluster was not had in time; no quorum | It is sent again after a pause, until the step's deadline |
| The guest is locked (\`backup\`, \`migrate\`, …) | The lock is waited for, until the step's deadline, one minute at least |
| The digest does not fit | Refused: somebody else changed it, and the guest is planned anew once. Where an answer was lost before, what is there says whether that was pvevm itself |
| The id is taken | Another one, where pvevm chose it; otherwise an error |
| Its task cannot be followed to its end | What it leaves is looked at |
| The guest that is to be destroyed is gone | Nothing more is sent, and the step is done, with a warning that names the volumes that are still there. Where any guest has its id, or nobody can tell, it is an error |
| Anything else | An error at once |

Pauses begin at half a second, grow to half a minute, and differ by chance. What is waited for stands in the output and in
the events (\`waitingFor\`). Before each second request the guest is looked at again: that it is the same one, that its power,
its volumes and its rules are as planned, and that nobody else changed it. Where nobody can tell what became of a request, the
error is \`UNKNOWN_OUTCOME\`, and says where to look.

A task that takes longer than its step may (\`timeouts\` in the document) is not stopped. The error names it; the next run waits
for it where it is in the way, and goes on from what it leaves.

## How much at a time

| Option | Unless given | Bounds |
|---|---|---|
| \`--parallelism\` | 10 | resources that are worked on at a time |
| \`--parallelism-per-node\` | 4 | tasks on one node: Proxmox VE itself starts four guests at a time |
| \`--parallelism-per-storage\` | 2 | tasks that make, copy or destroy volumes on one storage, which gives out one volume at a time |

A storage that all nodes share counts once, one that a node has for itself counts for that node. What a step keeps busy stands in
the plan (\`loads\`). Steps get their turn in the order in which they came; one that waits holds nothing, sends nothing, and says what
for: \`storage ceph-pool: 2 other steps\`. That time does not count towards its own.

## What a plan looks at before it destroys

A volume goes with the guest whose id is in its name, whoever else has it attached. Where a plan frees volumes (\`destroy\`, \`--prune\`,
\`reap\`, \`unused: destroy\`, the source of a move, \`--rollback-on-failure\`), the configurations of the guests that reach their storages are
read, one request each and sixteen at a time: all guests on nodes with the storage where it is shared, and those of the same node where it
is local. A volume that one of them has is an error that names both. Guests that could not be read, or that the token may not see, are
named in a note; snapshots of other guests are not looked at. A plan that frees nothing sends none of these requests.

## Operations

*Sent again* after a lost answer: **same** is harmless twice; **digest** is refused the second time where the first was carried
out; **read-back** is sent again only once it was read that it was not carried out. *After a busy task*: **again** leaves nothing
behind; **unchanged** is sent again only where the guest's configuration is as before.
`;

async function operations() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/engine/recovery/operations.ts')],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  const { OPERATIONS } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  );
  return OPERATIONS;
}

const sentence = (name) => name.charAt(0).toUpperCase() + name.slice(1);

function rowOf({ name, method, path, resend, tasks, outcome, afterBusy, why, source }) {
  const task = tasks.length === 0 ? '–' : tasks.map((type) => `\`${type}\``).join(', ');
  const cells = [sentence(name), `\`${method} ${path}\``, resend, task, outcome, tasks.length === 0 ? '–' : afterBusy];
  return `| ${cells.join(' | ')} | ${why} (${source}) |`;
}

/** The text of docs/recovery.md. */
export async function recoveryPage() {
  const rows = (await operations()).map(rowOf);
  return [
    INTRODUCTION,
    '| Operation | Request | Sent again | Tasks | Shows in | After a busy task | Why |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, await recoveryPage());
