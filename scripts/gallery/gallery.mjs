// docs/plans.md: what plans look like, from real runs.
import { changes } from './changes.mjs';
import { clusterSituations } from './cluster.mjs';
import { diskSituations } from './disks.mjs';
import { openLab } from './lab.mjs';
import { ownership } from './ownership.mjs';

const GROUPS = [
  ['One guest', changes],
  ['Disks', diskSituations],
  ['The cluster', clusterSituations],
  ['Whose it is, and how it ends', ownership],
];

const HEAD = `# Plans, by example

<!-- Written by \`npm run docs\` from real runs; changes here are lost. -->

Each plan below was printed by the program, in a sandbox with three nodes. \`+\` is created, \`~\` changed, \`-\` destroyed. Behind a value stands what its change does
to a running guest; a line with \`!\` deserves a second look. \`--show-requests\` adds the requests of each step, and \`--explain\` where each value comes from.`;

async function play(situation, program) {
  const lab = await openLab(program);
  try {
    await situation.play(lab);
    const { title, text } = situation;
    return { blocks: [`### ${title}`, text, ...lab.blocks], shown: lab.shown };
  } catch (error) {
    throw new Error(`“${situation.title}”: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await lab.close();
  }
}

/** The page, and what its commands printed. */
export async function writeGallery(program) {
  const blocks = [HEAD];
  const shown = [];
  for (const [title, situations] of GROUPS) {
    blocks.push(`## ${title}`);
    for (const situation of situations) {
      const played = await play(situation, program);
      blocks.push(...played.blocks);
      shown.push(...played.shown);
    }
  }
  return { page: `${blocks.join('\n\n')}\n`, shown };
}
