import { expect, it } from 'vitest';
import { PvevmError } from '../../../src/core/error.ts';
import type { Step } from '../../../src/core/step.ts';
import type { GuestSession } from '../../../src/engine/step/guest-session.ts';
import { waitForAgent } from '../../../src/engine/step/wait-for-agent.ts';
import { isReachable, macIn } from '../../../src/pve/agent-interfaces.ts';
import type { PveReader } from '../../../src/pve/reader.ts';
import { createFakeClock } from '../../pve/fake-clock.ts';
import { createFakeReader } from '../../pve/fake-reader.ts';

it.each([
  ['192.0.2.110', true],
  ['2001:db8::1', true],
  ['127.0.0.1', false],
  ['169.254.1.2', false],
  ['::1', false],
  ['fe80::be24:11ff:fe2a:e71b', false],
  ['', false],
])('the address %j can be reached by others: %s', (address, reachable) => {
  expect(isReachable(address)).toBe(reachable);
});

it.each([
  ['virtio=BC:24:11:2A:E7:1B,bridge=vmbr0', 'bc:24:11:2a:e7:1b'],
  ['model=e1000,macaddr=bc:24:11:2a:e7:1b', 'bc:24:11:2a:e7:1b'],
  ['virtio,bridge=vmbr0', undefined],
])('the MAC address of %j is %s', (text, mac) => {
  expect(macIn(text)).toBe(mac);
});

const SESSION = { node: 'pve1', vmid: 101 } as GuestSession;
const STEP: Step = {
  id: 'vm/web-01#3',
  resource: 'vm/web-01',
  title: 'wait for an address on net0',
  effect: 'none',
  await: { for: 'agent', address: 'net0', timeoutMs: 10_000 },
};

/** A guest whose agent answers in turn, the last answer for ever. */
function guestWith(...answers: readonly unknown[]): PveReader {
  let next = 0;
  return createFakeReader((request) => {
    if (request.endsWith('/pending'))
      return [
        { key: 'digest', value: 'abc' },
        { key: 'net0', value: 'virtio=BC:24:11:2A:E7:1B,bridge=vmbr0' },
      ];
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

const shows = (...addresses: readonly string[]): unknown => ({
  result: [
    { name: 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [{ 'ip-address': '127.0.0.1' }] },
    {
      name: 'ens18',
      'hardware-address': 'bc:24:11:2a:e7:1b',
      'ip-addresses': addresses.map((address) => ({ 'ip-address': address, 'ip-address-type': 'ipv4', prefix: 24 })),
    },
  ],
});

it('an address on the interface with the guest’s MAC ends the wait; one of the link alone does not', async () => {
  const clock = createFakeClock();
  const down = new PvevmError('PVE_ERROR', 'QEMU guest agent is not running', { status: 500 });
  const pve = guestWith(down, shows(), shows('fe80::1'), shows('192.0.2.110'));
  await waitForAgent(STEP, SESSION, pve, clock, () => undefined);
  expect(clock.sleeps).toEqual([2000, 2000, 2000]);
});

it('the deadline fails with every interface that was seen', async () => {
  const waiting = waitForAgent(STEP, SESSION, guestWith(shows('169.254.1.2')), createFakeClock(), () => undefined);
  await expect(waiting).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: 'guest 101 shows no address on net0 (bc:24:11:2a:e7:1b) after 10 s',
    details: ['lo (00:00:00:00:00:00): 127.0.0.1', 'ens18 (bc:24:11:2a:e7:1b): 169.254.1.2'],
  });
});

it.each([
  new PvevmError('PERMISSION', 'cannot read: Permission check failed', { status: 403 }),
  new PvevmError('PVE_ERROR', 'No QEMU guest agent configured', { status: 500 }),
])('what does not change by waiting fails at once: $message', async (error) => {
  const clock = createFakeClock();
  await expect(waitForAgent(STEP, SESSION, guestWith(error), clock, () => undefined)).rejects.toBe(error);
  expect(clock.sleeps).toEqual([]);
});
