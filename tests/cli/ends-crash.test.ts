import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createPveClient } from '../../src/pve/client.ts';
import { useWorld } from './ends/child.ts';

const world = useWorld(0);
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';

/** Has the program fail where nobody catches it, while it waits for an answer. */
function failing(code: string): Record<string, string> {
  world.harness.sandbox.failNext({ method: 'GET', path: '/cluster/resources', delayMs: 5000 });
  world.write('vm.yaml', WEB);
  world.write('fail.mjs', `setTimeout(() => { ${code} }, 250);\n`);
  return { ...world.env, NODE_OPTIONS: `--import ${world.cwd}/fail.mjs` };
}

describe('an error that nobody has caught', () => {
  it.each([
    ['thrown', 'throw new Error("boom")'],
    ['of a promise', 'Promise.reject(new Error("boom"))'],
  ])('%s is one line with what to do, exit 1, and no stack, though sockets are open', async (_name, code) => {
    const { ended } = world.start(['plan', 'vm.yaml'], { env: failing(code) });
    const { stderr, ...end } = await ended;
    expect(end).toEqual({ code: 1, signal: null, stdout: '' });
    expect(stderr).toMatch(/^error: boom/);
    expect(stderr).toContain(
      'This is a defect of pvevm: run the command again with --debug, and report what it prints.',
    );
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('shows its stack with --debug', async () => {
    const { stderr } = await world.start(['plan', '--debug', 'vm.yaml'], { env: failing('throw new Error("boom")') })
      .ended;
    expect(stderr).toMatch(/\n {4}at /);
  });

  it('is a document with --json', async () => {
    const { stdout } = await world.start(['plan', '--json', 'vm.yaml'], { env: failing('throw new Error("boom")') })
      .ended;
    expect(JSON.parse(stdout)).toMatchObject({ exit: { code: 1 }, error: { code: 'INTERNAL', message: 'boom' } });
  });

  it('that has no words, and whose printing fails, still ends the process', async () => {
    const code = 'throw { toString() { throw new Error("no words") } }';
    expect(await world.start(['plan', 'vm.yaml'], { env: failing(code) }).ended).toMatchObject({
      code: 1,
      signal: null,
    });
  });
});

describe('the end of the program', () => {
  it('does not wait for a connection that somebody has left open', async () => {
    const held: Socket[] = [];
    const server = createServer((socket) => held.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    world.write('vm.yaml', WEB);
    world.write('fail.mjs', `import { connect } from 'node:net'; connect(${port}, '127.0.0.1');\n`);
    const env = { ...world.env, NODE_OPTIONS: `--import ${world.cwd}/fail.mjs` };
    const { code } = await world.start(['validate', 'vm.yaml'], { env }).ended;
    expect(code).toBe(0);
    for (const socket of held) socket.destroy();
    server.close();
  });

  it('does not wait for answers that nobody waits for any more', async () => {
    world.write('vm.yaml', WEB);
    world.harness.sandbox.failNext({ method: 'GET', path: '/nodes/**', delayMs: 20_000, times: 99 });
    world.harness.sandbox.failNext({ method: 'GET', path: '/cluster/**', status: 403, times: 99 });
    const start = performance.now();
    const { code } = await world.start(['plan', 'vm.yaml']).ended;
    expect(code).not.toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

it('a closed client sends nothing any more, and what it was reading ends at once', async () => {
  const { endpoint, token, ca } = world.harness.sandbox;
  const client = createPveClient({ endpoint, credentials: { type: 'token', token }, trust: { ca } });
  await client.get('/version');
  world.harness.sandbox.failNext({ method: 'GET', path: '/nodes', delayMs: 20_000 });
  const read = client.get('/nodes').catch((error: unknown) => error);
  await client.close();
  expect(await read).toMatchObject({ code: 'INTERRUPTED', message: 'cannot read /nodes: the connection is closed' });
  const sent = world.harness.sandbox.requests.length;
  await expect(client.post('/pools', { params: { poolid: 'a' } })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await client.close();
  expect(world.harness.sandbox.requests).toHaveLength(sent);
});
