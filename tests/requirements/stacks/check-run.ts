import { isDeepStrictEqual } from 'node:util';
import { EXIT_CODES } from '../../../src/core/exit-code.ts';
import type { CliRun } from '../../run-cli.ts';
import type { Tally } from '../tally.ts';
import type { Stack } from './documents.ts';
import { type GuestView, ownerOf, uuidOf } from './guest-views.ts';
import { ownedBy } from './model.ts';
import { touchedBy } from './touched.ts';
import type { World } from './world.ts';

/** What a command of a stack may do, as the model knows it. */
export interface Permission {
  /** What the tally calls the command. */
  readonly kind: string;
  readonly argv: readonly string[];
  /** The guests that it may remove. */
  readonly removes?: readonly number[];
  /** Whether it may change anything at all; true unless given. */
  readonly writes?: boolean;
  /** The guests of nobody that it may take over. */
  readonly adopts?: readonly number[];
}

/** What a command of a stack came to. */
export interface Checked extends CliRun {
  readonly before: ReadonlyMap<number, GuestView>;
  readonly after: ReadonlyMap<number, GuestView>;
  readonly removed: readonly number[];
  readonly wrote: boolean;
}

/** Runs a command in the project of a stack, and throws unless it has left alone all that is not the stack's. */
export async function checkRun(world: World, stack: Stack, permission: Permission, tally: Tally): Promise<Checked> {
  const { kind, argv, removes = [], adopts = [] } = permission;
  const before = world.look();
  world.writes();
  const run = await world.run(stack, argv);
  const writes = world.writes();
  const after = world.look();
  const fail = (what: string, details: unknown = ''): never => {
    const said = `${run.stdout}\n${run.stderr}`;
    throw new Error(
      `${stack}: pvevm ${argv.join(' ')}: ${what}\n${JSON.stringify(details, null, 1)}\n${run.code} ${said}`,
    );
  };
  if (!Object.values<number>(EXIT_CODES).includes(run.code)) fail('a code that no document names');
  if (run.code === EXIT_CODES.error && run.stderr.includes('INTERNAL')) fail('an internal error');

  const mine = new Set([...ownedBy(before, stack).map(({ vmid }) => vmid), ...adopts]);
  for (const write of writes) {
    const strange = touchedBy(write).filter((vmid) => before.has(vmid) && !mine.has(vmid));
    if (strange.length > 0) fail(`a write to guest ${strange.join()} of another`, write);
  }
  if (permission.writes === false && writes.length > 0) fail('a write of what only reads', writes);
  for (const [vmid, view] of before) {
    const now = after.get(vmid);
    if (!mine.has(vmid) && !isDeepStrictEqual(view, now)) fail(`guest ${vmid} of another has changed`, [view, now]);
    if (now === undefined && !removes.includes(vmid)) fail(`guest ${vmid} is gone`, view);
    if (now !== undefined && uuidOf(now) !== uuidOf(view)) fail(`guest ${vmid} is another one`, [view, now]);
    if (now !== undefined && ownerOf(now)?.stack !== ownerOf(view)?.stack && !adopts.includes(vmid))
      fail(`guest ${vmid} has another owner`, [view, now]);
  }
  for (const [vmid, view] of after) {
    if (!before.has(vmid) && ownerOf(view)?.stack !== stack) fail(`the new guest ${vmid} is not its own`, view);
  }
  const why = /error[^:]*: (.*)/.exec(run.stderr)?.[1];
  if (why !== undefined) tally.add('refused', why);
  const wrote = writes.length > 0;
  tally.add(`${kind}, by exit code`, String(run.code));
  if (wrote) tally.add('commands that wrote', kind);
  return { ...run, before, after, wrote, removed: [...before.keys()].filter((vmid) => !after.has(vmid)) };
}
