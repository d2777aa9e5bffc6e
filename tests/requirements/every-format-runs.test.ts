import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndSignal } from '../../src/cli/io.ts';
import { openSignals } from '../cli/test-signals.ts';
import type { CliWorld } from '../run-cli.ts';
import { type FormatWorld, makeFormatWorld } from './formats/format-world.ts';
import { RUN_ANNOTATIONS, RUN_FORMATS } from './formats/formats.ts';
import type { Rewrite } from './formats/rewriting-relay.ts';

const guest = (name: string): string => `kind: vm\nname: ${name}\nnode: pve1\nha: false\n`;
let world: FormatWorld;
afterEach(() => world.close());

/** A log of 400 lines, the reason on the last but one. */
const LOG = Array.from({ length: 400 }, (_, index) => ({ n: index + 1, t: `line ${index + 1}` })).map((line) =>
  line.n === 399
    ? { ...line, t: 'qemu-img: No space left on device' }
    : line.n === 400
      ? { ...line, t: 'TASK ERROR: disk is full' }
      : line,
);
const withLongLog: Rewrite = ({ path }) => (/\/tasks\/.*qmcreate.*\/log$/.test(path) ? LOG : undefined);

describe('R-29: the exit status of a failed task, and the end of its log, are in the', () => {
  beforeEach(async () => {
    world = await makeFormatWorld({ rewrite: withLongLog });
    world.write('vm.yaml', guest('web-01'));
    world.harness.sandbox.failNext('POST /nodes/*/qemu task-error="disk is full"');
  });

  it.each([...RUN_FORMATS, RUN_ANNOTATIONS])('$name', async ({ read }) => {
    const text = await read(world);
    expect(text).toMatch(/task qmcreate of 101 on pve1 failed: disk is full/);
    expect(text).toContain('qemu-img: No space left on device');
    expect(text).toContain('TASK ERROR: disk is full');
    expect(text).toContain('line 398');
    expect(text).not.toContain('line 3\n');
  });
});

/** Signals that come once a guest is being created: the first, and where there are two, the second a moment later. */
function whileCreating(...sent: readonly EndSignal[]): () => CliWorld {
  return () => {
    const { signals, send } = openSignals();
    const isCreating = (): boolean => world.harness.sandbox.guestConfig(101)?.includes('lock: create') === true;
    void (async () => {
      while (!isCreating()) await new Promise((resolve) => setTimeout(resolve, 2));
      // Its UPID has to have come.
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const signal of sent) send(signal);
    })();
    return { signals };
  };
}

describe('R-28:', () => {
  beforeEach(async () => {
    world = await makeFormatWorld({ taskTimeMs: 400 });
    world.write('vm.yaml', `${guest('web-01')}---\n${guest('web-02')}`);
  });

  it.each(RUN_FORMATS)('what the first interrupt leaves undone is in the $name', async ({ read }) => {
    world.around = whileCreating('SIGINT');
    const text = await read(world);
    expect(world.harness.sandbox.guestConfig(101)).not.toContain('lock');
    expect(world.harness.sandbox.guestConfig(102)).toBeUndefined();
    expect(text).toContain('web-02');
    expect(text).toMatch(/not done|"outcome": ?"skipped"/);
    expect(text).toMatch(/To continue, run: pvevm apply|"outcome": ?"cancelled"|end: cancelled/);
  });

  it.each(RUN_FORMATS)('the UPIDs of what goes on after the second interrupt are in the $name', async ({ read }) => {
    world.around = whileCreating('SIGINT', 'SIGTERM');
    const text = await read(world);
    expect(text).toMatch(/(?:(?:go|went) on:\s+|"tasks": ?\[\s*")UPID:pve1:[0-9A-F:]+:qmcreate:101:/);
  });

  it('a step summary names the steps of what was left at once, too', async () => {
    world.around = whileCreating('SIGINT', 'SIGTERM');
    const summary = RUN_FORMATS.find(({ name }) => name.startsWith('step summary'));
    const text = await summary?.read(world);
    expect(text).toContain('vm/web-01   not ended: create, set serial console\n');
    expect(text).toContain('vm/web-02   not ended: create, set serial console\n');
  });

  it('and without an interrupt, no format has such words', async () => {
    for (const { name, read } of RUN_FORMATS.slice(0, 2)) {
      const text = await read(world);
      expect(text, name).not.toMatch(/not done|To continue|go on:/);
    }
  });
});
