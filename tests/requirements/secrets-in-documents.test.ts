import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/core/event.ts';
import { applyPlan } from '../../src/engine/apply.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { type Harness, startHarness } from '../harness.ts';
import { changesOf, configOf, createByHand, powerByHand, setByHand, titlesOf } from './guests.ts';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const PASSWORD = 'c4n4ry "pass" w/0rd+%';
const WEB = 'kind: vm\nname: web-01\nha: false\n';
const SPEC = `${WEB}cloudInit: { password: "\${env.PW}" }\n`;
const DRIVE = `${WEB}cloudInit: {}\n`;
const env = { PW: PASSWORD };
const NEW = { env: { PW: 'another-pass' } };

/** The password as it is stored: nobody sees it but who reads the server's files. */
function stored(vmid: number): string | undefined {
  return /^cipassword: (.*)$/m.exec(harness.sandbox.guestConfig(vmid) ?? '')?.[1];
}

describe('R-11: a secret that nobody can see never gives a change', () => {
  it('is set once, and the plan after that is empty', async () => {
    await harness.apply(SPEC, { env });
    expect((await configOf(harness, 101))['cipassword']).toBe('**********');
    const again = await harness.plan(SPEC, { env });
    expect([changesOf(again), titlesOf(again)]).toEqual([[], []]);
  });

  it('is no change where the document has another value', async () => {
    await harness.apply(SPEC, { env });
    expect(titlesOf(await harness.plan(SPEC, NEW))).toEqual([]);
  });

  it('is no change on a guest that somebody else gave a password', async () => {
    await harness.apply(DRIVE);
    await setByHand(harness, 101, { cipassword: 'by-hand-1' });
    expect(titlesOf(await harness.plan(SPEC, { env }))).toEqual([]);
  });

  it('is set again where somebody removed it', async () => {
    await harness.apply(SPEC, { env });
    await setByHand(harness, 101, { delete: 'cipassword' });
    const plan = await harness.plan(SPEC, { env });
    expect(changesOf(plan)).toEqual([['cloudInit.password', null, '********']]);
    expect(titlesOf(plan)).toEqual(['set password']);
    await harness.apply(SPEC, { env });
    expect(titlesOf(await harness.plan(SPEC, { env }))).toEqual([]);
  });

  it('is removed by null, and then stays away', async () => {
    await harness.apply(SPEC, { env });
    const without = `${WEB}cloudInit: { password: null }\n`;
    const plan = await harness.plan(without);
    expect(changesOf(plan)).toEqual([['cloudInit.password', '********', null]]);
    expect(plan.resources[0]?.steps.map(({ request }) => request?.params)).toMatchObject([{ delete: 'cipassword' }]);
    await harness.apply(without);
    expect((await configOf(harness, 101))['cipassword']).toBeUndefined();
    expect(titlesOf(await harness.plan(without))).toEqual([]);
  });

  it('is not managed where ignore names it', async () => {
    await harness.apply(DRIVE);
    const ignoring = `${SPEC}ignore: [cloudInit.password]\n`;
    expect(titlesOf(await harness.plan(ignoring, { env }))).toEqual([]);
  });
});

it.each(['', 'of-the-template'])(
  'a clone gets the password of its document, where its template has %j',
  async (own) => {
    const disk = { scsihw: 'virtio-scsi-single', scsi0: 'ceph-pool:1', ...(own === '' ? {} : { cipassword: own }) };
    await createByHand(harness, 9000, { name: 'tpl', ...disk });
    await harness.pve.post('/nodes/pve1/qemu/9000/template');
    await harness.sandbox.settled();
    const clone = 'kind: vm\nname: web-01\nclone: tpl\ncloudInit: { password: "${env.PW}" }\n';
    harness.writes();
    const plan = await harness.apply(clone, { env });
    expect(titlesOf(plan)).toContain('set password');
    const write = harness.writes().find(({ params }) => JSON.stringify(params).includes('cipassword'));
    expect(write?.params).toMatchObject({ cipassword: PASSWORD });
    expect(titlesOf(await harness.plan(clone, { env }))).toEqual([]);
  },
);

describe('--rotate-secrets', () => {
  it('R-11: makes one change of a secret that is set, and none in the plan after', async () => {
    await harness.apply(SPEC, { env });
    const before = stored(101);
    const plan = await harness.plan(SPEC, { ...NEW, rotateSecrets: true });
    expect(changesOf(plan)).toEqual([['cloudInit.password', '********', '********']]);
    expect(titlesOf(plan)).toEqual(['set password']);
    harness.writes();
    await harness.apply(SPEC, { ...NEW, rotateSecrets: true });
    expect(harness.writes()).toMatchObject([{ method: 'PUT', params: { cipassword: 'another-pass' } }]);
    expect(stored(101)).not.toBe(before);
    expect(titlesOf(await harness.plan(SPEC, NEW))).toEqual([]);
  });

  it('leaves alone what no document writes', async () => {
    await harness.apply(SPEC, { env });
    expect(titlesOf(await harness.plan(WEB, { rotateSecrets: true }))).toEqual([]);
  });

  it('says what that does to a running guest', async () => {
    await harness.apply(SPEC, { env });
    await powerByHand(harness, 101, 'start');
    const [change] = (await harness.plan(SPEC, { env, rotateSecrets: true })).resources[0]?.changes ?? [];
    expect(change?.state).toBe('change');
    expect(change?.note).toMatch(/^set anew, as --rotate-secrets asks; .+/);
  });
});

describe('how a secret is sent', () => {
  it('is no part of the create request, in which it would be stored in clear', async () => {
    const plan = await harness.apply(SPEC, { env });
    const writes = harness.writes();
    const create = writes.find(({ path }) => path.endsWith('/qemu'));
    expect(JSON.stringify(create)).not.toContain('cipassword');
    expect(titlesOf(plan)).toEqual(['create', 'set serial console', 'set password']);
    expect(stored(101)).toMatch(/^\$5\$/);
  });

  it('P1: the plan names it by a placeholder, and nothing else differs in what is sent', async () => {
    const plan = await harness.apply(SPEC, { env });
    const [, , step] = plan.resources[0]?.steps ?? [];
    expect(step?.request?.params).toEqual({ cipassword: '{secret:cloudInit.password}', digest: '{digest}' });
    const write = harness.writes().find(({ params }) => JSON.stringify(params).includes('cipassword'));
    expect(write?.params).toMatchObject({ cipassword: PASSWORD });
  });

  it('a text of the user that looks like a placeholder is sent as it is', async () => {
    const text = '{secret:cloudInit.password} {vmid} {digest}';
    const cloudInit = 'cloudInit: { user: "{secret:cloudInit.password}", password: "${env.PW}" }';
    await harness.apply(`${WEB}description: "${text}"\n${cloudInit}\n`, { env });
    const config = await configOf(harness, 101);
    expect(config['description']).toContain(text);
    expect(config['ciuser']).toBe('{secret:cloudInit.password}');
  });

  it('a password that looks like a placeholder is sent as it is', async () => {
    await harness.apply(SPEC, { env: { PW: '{secret:name} {vmid}' } });
    const write = harness.writes().find(({ params }) => JSON.stringify(params).includes('cipassword'));
    expect(write?.params).toMatchObject({ cipassword: '{secret:name} {vmid}' });
  });

  it('R-13: a change beside it is a request of its own', async () => {
    await harness.apply(SPEC, { env });
    await setByHand(harness, 101, { delete: 'cipassword' });
    harness.writes();
    await harness.apply(`${SPEC}cpu: { cores: 3 }\n`, { env });
    expect(harness.writes().map(({ params }) => Object.keys(params as object).sort())).toEqual([
      ['cores', 'digest'],
      ['cipassword', 'digest'],
    ]);
  });

  it('without the secret the run fails before that step sends anything', async () => {
    const plan = await harness.plan(SPEC, { env });
    const result = await applyPlan({ plan, pve: harness.pve, clock: systemClock, onEvent: () => undefined });
    expect(result.errors).toMatchObject([
      { code: 'CONFIG', message: expect.stringContaining('its value is not known') },
    ]);
    expect((await configOf(harness, 101))['cipassword']).toBeUndefined();
  });
});

describe('R-48: a server that repeats the secret', () => {
  it.each([PASSWORD, 'abc', "it's", '100%', 'ünïcode', 'back\\slash'])(
    'gets %j into no event and no result',
    async (password) => {
      await harness.apply(DRIVE);
      const seen: ApplyEvent[] = [];
      const message = `value '${password}' is bad, as is ${encodeURIComponent(password)}`;
      harness.sandbox.failNext({ method: 'PUT', path: /config$/, status: 500, message });
      const plan = await harness.plan(SPEC, { env: { PW: password } });
      expect(titlesOf(plan)).toEqual(['set password']);
      const result = await harness.run(plan, (event) => seen.push(event));
      expect(result.outcome).toBe('failed');
      const told = JSON.stringify([plan, seen, result]);
      expect(told).toContain('is bad');
      expect(told).not.toContain(`'${password}'`);
      expect(told).not.toContain(JSON.stringify(`'${password}'`).slice(1, -1));
      expect(told).not.toContain(`as is ${encodeURIComponent(password)}`);
    },
  );
});
