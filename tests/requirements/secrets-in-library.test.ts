import { expect, it } from 'vitest';
import { type ApplyEvent, apply, type Plan, type PveApi, plan } from '../../src/index.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { useLibraryLab } from './library-lab.ts';

const TEXT = 'kind: vm\nname: web-01\nha: false\nos: { media: null }\ncloudInit: { password: "${env.PW}" }\n';
const env = { PW: 'c4n4ry pass' };

let sandbox: Sandbox;
let pve: PveApi;
useLibraryLab((lab) => {
  ({ sandbox, pve } = lab);
});

const sent = (): readonly unknown[] =>
  sandbox.requests.flatMap(({ params }) => (params as { readonly cipassword?: unknown } | undefined)?.cipassword ?? []);

it('a plan that this process made is carried out with the secrets of its documents, and holds none', async () => {
  const made = await plan({ text: TEXT, env, pve });
  const seen: ApplyEvent[] = [];
  const result = await apply({ plan: made, pve, onEvent: (event) => seen.push(event) });
  expect(result.outcome).toBe('ok');
  expect(sent()).toEqual([env.PW]);
  expect(JSON.stringify([made, result, seen])).not.toContain(env.PW);
  expect((await plan({ text: TEXT, env, pve })).resources.flatMap(({ steps }) => steps)).toEqual([]);
  const again = await plan({ text: TEXT, env, pve, rotateSecrets: true });
  expect(again.resources.flatMap(({ steps }) => steps.map(({ title }) => title))).toEqual(['set password']);
});

it('a plan from elsewhere takes them from the documents, and is refused without', async () => {
  const stored = JSON.parse(JSON.stringify(await plan({ text: TEXT, env, pve }))) as Plan;
  const refused = apply({ plan: stored, pve });
  await expect(refused).rejects.toMatchObject({ code: 'CONFIG', details: ['vm/web-01: cloudInit.password (<stdin>)'] });
  expect(sandbox.requests.every(({ method }) => method === 'GET')).toBe(true);
  const result = await apply({ plan: stored, pve, documents: { text: TEXT, env } });
  expect(result.outcome).toBe('ok');
  expect(sent()).toEqual([env.PW]);
});
