import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/core/error.ts';
import { EXIT_CODES, type ExitName, exitNameOfAll } from '../../src/core/exit-code.ts';
import { createByHand, setByHand } from '../requirements/guests.ts';
import { type Ended, until, useWorld } from './ends/child.ts';

const world = useWorld(100);
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const QEMU = '/nodes/pve1/qemu';

interface Case {
  readonly exit: ExitName;
  /** What makes it happen. */
  readonly why: string;
  readonly argv: readonly string[];
  readonly document?: string;
  /** Variables that are otherwise than for the sandbox. */
  readonly env?: Readonly<Record<string, string>>;
  /** What was there, or happens on the server, before the command. */
  readonly before?: () => Promise<unknown> | unknown;
  /** What is sent to the process while it creates a guest. */
  readonly signal?: NodeJS.Signals;
  /** Whether a write is sent; nothing is written in all other cases. */
  readonly sends?: true;
}

const fail = (method: 'POST' | 'PUT', path: string) => () =>
  world.harness.sandbox.failNext({ method, path, status: 500, message: 'no way' });

const savePlan = async (): Promise<void> => {
  await world.harness.apply(WEB);
  world.write('vm.yaml', `${WEB}memory: { size: 4GiB }\n`);
  expect((await world.start(['plan', '-o', 'my.plan', 'vm.yaml']).ended).code).toBe(0);
  await setByHand(world.harness, 101, { cores: 5 });
};

const WITH_DATA = `${WEB}disks: { scsi0: {}, scsi1: { size: 1GiB } }\n`;
const WITHOUT_DATA = `${WEB}unused: destroy\nexclusive: [disks]\ndisks: { scsi0: {} }\n`;
const NOWHERE = { PVEVM_ENDPOINT: 'https://127.0.0.1:1' };
const STRANGER = { PVEVM_TOKEN: 'root@pam!stranger=00000000-0000-0000-0000-000000000000' };

const CASES: readonly Case[] = [
  { exit: 'ok', why: 'done', argv: ['apply', '-y', 'vm.yaml'], sends: true },
  {
    ...{ exit: 'ok', why: 'no changes', argv: ['plan', '--detailed-exitcode', 'vm.yaml'] },
    before: () => world.harness.apply(WEB),
  },
  {
    exit: 'error',
    why: 'the server refuses the first write',
    argv: ['apply', '-y', 'vm.yaml'],
    before: fail('POST', QEMU),
    sends: true,
  },
  {
    ...{ exit: 'error', why: 'the documents ask for what cannot be', argv: ['plan', 'vm.yaml'] },
    document: `${WEB}disks: { scsi0: { size: 1GiB } }\n`,
    before: () => world.harness.apply(WEB),
  },
  { exit: 'changes', why: 'plan --detailed-exitcode', argv: ['plan', '--detailed-exitcode', 'vm.yaml'] },
  { exit: 'changes', why: 'status --exit-code', argv: ['status', '--exit-code', 'vm.yaml'] },
  { exit: 'invalid', why: 'a wrong spec', argv: ['plan', 'vm.yaml'], document: `${WEB}cores: 4\n` },
  { exit: 'invalid', why: 'a wrong command line', argv: ['plan', '--no-such-option'] },
  { exit: 'invalid', why: 'a wrong setting', argv: ['plan', 'vm.yaml'], env: { PVEVM_FINGERPRINT: 'xyz' } },
  {
    ...{ exit: 'consent', why: 'an effect that was not allowed', argv: ['apply', '-y', 'vm.yaml'] },
    document: WITHOUT_DATA,
    before: () => world.harness.apply(WITH_DATA),
  },
  { exit: 'consent', why: 'nobody to ask, and no -y', argv: ['apply', 'vm.yaml'] },
  { exit: 'access', why: 'a token that does not exist', argv: ['plan', 'vm.yaml'], env: STRANGER },
  { exit: 'unreachable', why: 'nothing listens', argv: ['plan', 'vm.yaml'], env: NOWHERE },
  { exit: 'unreachable', why: 'an unknown certificate', argv: ['plan', 'vm.yaml'], env: { PVEVM_CA: '' } },
  {
    ...{ exit: 'conflict', why: 'a foreign guest', argv: ['plan', 'vm.yaml'] },
    document: `${WEB}vmid: 150\ndefaults: none\n`,
    before: () => createByHand(world.harness, 150, { name: 'mine' }),
  },
  { exit: 'conflict', why: 'a stale plan', argv: ['apply', 'my.plan'], before: savePlan },
  {
    ...{ exit: 'partial', why: 'the second write fails', argv: ['apply', '-y', 'vm.yaml'] },
    before: fail('PUT', `${QEMU}/101/config`),
    sends: true,
  },
  {
    ...{ exit: 'missing', why: 'a storage that is not there', argv: ['plan', 'vm.yaml'] },
    document: `${WEB}disks: { scsi0: { storage: nowhere } }\n`,
  },
  { exit: 'missing', why: 'output of a guest that is not there', argv: ['output', 'vm.yaml'] },
  { exit: 'interrupted', why: 'Ctrl-C', argv: ['apply', '-y', 'vm.yaml'], signal: 'SIGINT', sends: true },
  { exit: 'terminated', why: 'SIGTERM', argv: ['apply', '-y', 'vm.yaml'], signal: 'SIGTERM', sends: true },
];

async function run({ argv, document = WEB, env = {}, before, signal }: Case): Promise<Ended> {
  await before?.();
  world.write('vm.yaml', document);
  world.harness.writes();
  const { child, ended } = world.start([...argv, '--json'], { env: { ...world.env, ...env } });
  if (signal !== undefined) {
    await until(() => world.harness.sandbox.guestConfig(101)?.includes('lock: create') === true);
    child.kill(signal);
  }
  return await ended;
}

const TITLED = CASES.map((one) => ({ ...one, code: EXIT_CODES[one.exit] }));

describe('the exit code is, by number and in JSON by name,', () => {
  it.each(TITLED)('$code $exit: $why', async ({ code, exit, ...one }) => {
    const ended = await run({ exit, ...one });
    expect(ended, ended.stderr).toMatchObject({ code, signal: null });
    expect(JSON.parse(ended.stdout)).toMatchObject({ exit: { code, name: exit } });
    expect(world.harness.writes().length > 0).toBe(one.sends === true);
  });

  it('of each kind that there is', () => {
    expect(new Set(CASES.map(({ exit }) => exit))).toEqual(new Set(Object.keys(EXIT_CODES)));
  });
});

it('5 access: a privilege that the token lacks, in place of a write', async () => {
  const { harness } = world;
  await harness.pve.post('/access/users', { params: { userid: 'reader@pve' } });
  await harness.pve.put('/access/acl', { params: { path: '/', users: 'reader@pve', roles: 'PVEAuditor' } });
  const path = '/access/users/reader@pve/token/ci';
  const made = (await harness.pve.post(path, { params: { privsep: 0 } })) as { readonly value: string };
  const env = { PVEVM_TOKEN: `reader@pve!ci=${made.value}` };
  const { code, stdout } = await run({ exit: 'access', why: '', argv: ['apply', '-y', 'vm.yaml'], env });
  expect(code).toBe(5);
  expect(stdout).toContain('PERMISSION');
  expect(harness.writes()).toEqual([]);
});

it('where several apply before a write: 3, 5, 6, 7, 9, 4, in that order', async () => {
  const codes: readonly ErrorCode[] = ['SPEC_INVALID', 'PERMISSION', 'CONNECT', 'FOREIGN_GUEST', 'MISSING', 'CONSENT'];
  const numbers = codes.map((_code, index) => EXIT_CODES[exitNameOfAll(codes.slice(index).reverse())]);
  expect(numbers).toEqual([3, 5, 6, 7, 9, 4]);
  // A foreign guest, and a storage that is not there.
  await createByHand(world.harness, 150, { name: 'mine' });
  const document = `${WEB}vmid: 150\ndefaults: none\n---\n${WEB.replace('web-01', 'b')}disks: { scsi0: { storage: no } }\n`;
  const { code, stdout } = await run({ exit: 'conflict', why: '', argv: ['plan', 'vm.yaml'], document });
  expect(code).toBe(7);
  expect(JSON.parse(stdout)).toMatchObject({
    diagnostics: expect.arrayContaining([
      expect.objectContaining({ code: 'FOREIGN_GUEST' }),
      expect.objectContaining({ code: 'MISSING' }),
    ]),
  });
});
