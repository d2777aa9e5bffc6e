import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStatus, type Status } from '../../src/engine/status.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { loadResources } from '../../src/spec/load.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, errorsOf, guestIds, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const WEB = 'kind: vm\nname: web\nnode: pve1\n';
const WEB_OF_ID = `${WEB}vmid: 107\n`;
const projectOf = (stack: string | null): string => `kind: project\n${stack === null ? '' : `stack: ${stack}\n`}`;
const PROD = { project: projectOf('prod') };

describe.each([
  ['ru', 'the stack ru', '--adopt=ru', 'pvevm-ru', 'ru'],
  [null, 'no stack', '--adopt=-', 'pvevm', '-'],
])('R-1: a document’s own guest, of the stack %s, in a project whose stack is prod', (stack, of, flag, tag, word) => {
  const adopt = flag.slice('--adopt='.length);
  const summary = `the guest is of ${stack === null ? 'no' : 'another'} stack`;

  it.each([
    ['by its name', WEB],
    ['by its id', WEB_OF_ID],
  ])('is told of as what it is, %s, by one error', async (_, yaml) => {
    await harness.apply(WEB_OF_ID, { project: projectOf(stack) });
    const plan = await harness.plan(`${yaml}cpu: { cores: 3 }\n`, PROD);
    expect(plan.diagnostics).toMatchObject([{ severity: 'error', code: 'FOREIGN_GUEST', summary }]);
    const { detail } = errorsOf(plan)[0] ?? {};
    expect(detail).toContain(`Guest 107 on pve1 is this document’s, of ${of}; this project’s stack is prod.`);
    expect(detail).toContain(`Take it over with ${flag}`);
    expect(detail).not.toContain('defaults: none');
    expect(titlesOf(plan)).toEqual([]);
  });

  it.each([
    ['by its name', WEB],
    ['by its id', WEB_OF_ID],
  ])('is taken over as the text says, %s: mark and tag by one request, and nothing else', async (_, yaml) => {
    await harness.apply(WEB_OF_ID, { project: projectOf(stack) });
    await setByHand(harness, 107, { tags: `${tag};kept` });
    const { digest } = await configOf(harness, 107);
    harness.writes();
    const plan = await harness.apply(yaml, { ...PROD, adopt });
    expect(changesOf(plan)).toEqual([
      ['tags', [tag, 'kept'].sort(), ['kept', 'pvevm-prod']],
      ['description (mark)', `pvevm:${word}:vm/web:107`, 'pvevm:prod:vm/web:107'],
    ]);
    expect(harness.writes()).toEqual([
      {
        method: 'PUT',
        path: '/nodes/pve1/qemu/107/config',
        params: { tags: 'kept;pvevm-prod', description: 'pvevm:prod:vm/web:107', digest },
      },
    ]);
    const after = await harness.plan(yaml, PROD);
    expect([after.diagnostics, titlesOf(after)]).toEqual([[], []]);
    expect(await guestIds(harness)).toEqual([107]);
  });

  it('is not destroyed, and says how it can be', async () => {
    await harness.apply(WEB_OF_ID, { project: projectOf(stack) });
    for (const yaml of [WEB, WEB_OF_ID]) {
      const plan = await harness.removal(yaml, PROD);
      expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST', summary }]);
      expect(errorsOf(plan)[0]?.detail).toContain(`is this document’s, of ${of}; this project’s stack is prod.`);
      expect(errorsOf(plan)[0]?.detail).toContain(`pvevm apply ${flag}`);
      expect(titlesOf(plan)).toEqual([]);
    }
  });

  it('is shown by status with what it does, and whose it is', async () => {
    await harness.apply(WEB_OF_ID, { project: projectOf(stack) });
    const { resources } = await harness.plan(WEB, PROD);
    expect(resources[0]?.vmid).toBe(107);
    const status = await statusOf(WEB);
    expect(status.resources).toMatchObject([
      { state: 'stopped', vmid: 107, node: 'pve1', owner: 'other-stack', stack },
    ]);
    expect(status.diagnostics).toMatchObject([{ severity: 'error', summary }]);
    expect((await statusOf(WEB_OF_ID)).diagnostics).toMatchObject([{ severity: 'note', code: 'FOREIGN_GUEST' }]);
    expect(status.diagnostics[0]?.detail).toContain(`Take it over with pvevm apply ${flag}`);
  });
});

async function statusOf(yaml: string): Promise<Status> {
  const loaded = await loadResources(['-'], {
    cwd: '/',
    env: {},
    readStdin: async () => new TextEncoder().encode(yaml),
  });
  const { pve } = harness;
  const project = { ...loaded.project, stack: 'prod' };
  return await readStatus({ resources: loaded.resources, project, pve, user: pve.user, clock: systemClock });
}

it('R-1: in a project that has no stack any more the text says so', async () => {
  await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
  const plan = await harness.plan(WEB);
  expect(errorsOf(plan)[0]?.detail).toContain('is this document’s, of the stack ru; this project has no stack.');
  await harness.apply(WEB, { adopt: 'ru' });
  expect(await configOf(harness, 107)).toMatchObject({ tags: 'pvevm', description: 'pvevm:-:vm/web:107' });
});

it('R-1: --adopt without a name takes the guest of no stack over, and of no other', async () => {
  await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
  const refused = await harness.plan(WEB, { ...PROD, adopt: true });
  expect(refused.diagnostics).toMatchObject([{ severity: 'error', summary: 'the guest is of another stack' }]);
  expect(errorsOf(refused)[0]?.detail).toContain('Take it over with --adopt=ru');
  expect((await harness.plan(WEB, { ...PROD, adopt: 'blue' })).diagnostics).toMatchObject([{ severity: 'error' }]);
  await harness.apply(WEB, { adopt: 'ru' });
  await harness.apply(WEB, { ...PROD, adopt: true });
  expect(await configOf(harness, 107)).toMatchObject({ description: 'pvevm:prod:vm/web:107' });
});

it('R-1: by its id, and in agreement, it is a note: an export plans empty in any project', async () => {
  const yaml = `${WEB_OF_ID}defaults: none\ncpu: { cores: 2 }\n`;
  await harness.apply(yaml, { project: projectOf('ru') });
  const plan = await harness.plan(yaml, PROD);
  expect(plan.diagnostics).toMatchObject([{ severity: 'note', summary: 'of another stack, in agreement' }]);
  expect(plan.diagnostics[0]?.detail).toContain('Take it over with --adopt=ru');
  expect(errorsOf(await harness.plan(yaml.replace('vmid: 107\n', ''), PROD))).toHaveLength(1);
});

it('R-57: taken over, its creation values are compared only where they are written, as before', async () => {
  await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
  await setByHand(harness, 107, { delete: 'ide2' });
  expect(changesOf(await harness.plan(WEB, { ...PROD, adopt: 'ru' })).map(([path]) => path)).toEqual([
    'tags',
    'description (mark)',
  ]);
});

it('R-1: a new stack and a new name at once', async () => {
  await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
  const yaml = 'kind: vm\nname: shop\nnode: pve1\nrenamedFrom: web\n';
  expect(errorsOf(await harness.plan(yaml, PROD))[0]?.detail).toContain('Take it over with --adopt=ru');
  await harness.apply(yaml, { ...PROD, adopt: 'ru' });
  expect(await configOf(harness, 107)).toMatchObject({
    name: 'shop',
    tags: 'pvevm-prod',
    description: 'pvevm:prod:vm/shop:107',
  });
  expect(await guestIds(harness)).toEqual([107]);
});

it('R-1: of two stacks’ guests, the one that --adopt names is taken over', async () => {
  await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
  await createByHand(harness, 108, { name: 'web', description: 'pvevm:dev:vm/web:108', tags: 'pvevm-dev' });
  const plan = await harness.plan(WEB, PROD);
  expect(errorsOf(plan)).toMatchObject([{ code: 'FOREIGN_GUEST', summary: 'guests of that name are of other stacks' }]);
  expect(errorsOf(plan)[0]?.detail).toContain('107 on pve1 (of the stack ru) and 108 on pve1 (of the stack dev)');
  await harness.apply(WEB, { ...PROD, adopt: 'ru' });
  expect(await configOf(harness, 108)).toMatchObject({ description: 'pvevm:dev:vm/web:108', tags: 'pvevm-dev' });
  expect(await configOf(harness, 107)).toMatchObject({ description: 'pvevm:prod:vm/web:107', tags: 'pvevm-prod' });
});

describe('R-1 R-57: what is no document’s own stays foreign', () => {
  it.each([
    ['another document’s', 'pvevm:ru:vm/db:107'],
    ['a copied mark', 'pvevm:ru:vm/web:555'],
    ['no mark', 'by hand'],
  ])('%s: defaults: none is asked for, and no guest is taken over without it', async (_, description) => {
    await createByHand(harness, 107, { name: 'web', description });
    for (const yaml of [WEB, WEB_OF_ID]) {
      const plain = await harness.plan(yaml, PROD);
      expect(errorsOf(plain)).toHaveLength(1);
      expect(errorsOf(plain)[0]?.summary).not.toBe('the guest is of another stack');
      const plan = await harness.plan(yaml, { ...PROD, adopt: 'ru' });
      expect(errorsOf(plan)).toMatchObject([{ summary: 'adopting takes defaults: none' }]);
      expect(titlesOf(plan)).toEqual([]);
    }
  });

  it('--prune leaves it alone', async () => {
    await harness.apply(WEB_OF_ID, { project: projectOf('ru') });
    const plan = await harness.plan('kind: vm\nname: other\nvmid: 120\nnode: pve1\nha: false\n', {
      ...PROD,
      prune: 'remove',
    });
    expect(plan.resources.map(({ address, action }) => [address, action])).toEqual([['vm/other', 'create']]);
  });
});
