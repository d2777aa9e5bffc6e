import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/cli/settings/owned-lock.ts';
import { createFakeClock } from '../pve/fake-clock.ts';
import { useWorld } from './ends/child.ts';

const world = useWorld(0);
const WEB = 'kind: vm\nname: web-01\nnode: pve1\nha: false\n';
const LOGIN = 'context use b';

const inFolder = (name: string): string => join(world.cwd, name);
/** Runs the program where no file may have a byte. */
const withoutRoom = (argv: string) => world.shell(`ulimit -f 0; exec "$NODE" "$PVEVM" ${argv}`).ended;

function writeContexts(): string {
  const folder = inFolder('.config/pvevm');
  mkdirSync(folder, { recursive: true });
  const text =
    'current: a\ncontexts:\n  a: { endpoints: [x], username: root@pam }\n  b: { endpoints: [y], username: root@pam }\n';
  writeFileSync(join(folder, 'config.yaml'), text, { mode: 0o600 });
  return text;
}

describe('where no byte more can be written', () => {
  it('plan -o says so, and leaves neither half a plan nor the loss of an older one', async () => {
    world.write('vm.yaml', WEB);
    for (const before of [undefined, 'older'] as const) {
      if (before !== undefined) world.write('my.plan', before);
      const { code, stderr } = await withoutRoom('plan -o my.plan vm.yaml');
      expect(code).toBe(3);
      expect(stderr).toMatch(/^error: cannot write the plan to my\.plan: no file may be that large/m);
      expect(stderr).toContain('Look at ulimit -f, or name another place.');
      expect(existsSync(inFolder('my.plan')) ? readFileSync(inFolder('my.plan'), 'utf8') : undefined).toBe(before);
    }
    expect(readdirSync(world.cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('export leaves neither half a document nor the loss of an older one', async () => {
    await world.harness.apply(WEB);
    const fresh = await withoutRoom('export vm/web-01 --out out/');
    expect(fresh.stderr).toMatch(/^error: cannot write out\/web-01\.yaml: no file may be that large/m);
    expect(readdirSync(inFolder('out'))).toEqual([]);
    writeFileSync(inFolder('out/web-01.yaml'), 'older');
    const again = await withoutRoom('export vm/web-01 --out out/ --force');
    expect([fresh.code, again.code]).toEqual([3, 3]);
    expect(readdirSync(inFolder('out'))).toEqual(['web-01.yaml']);
    expect(readFileSync(inFolder('out/web-01.yaml'), 'utf8')).toBe('older');
  });

  it('contexts stay as they are, and unlocked', async () => {
    const text = writeContexts();
    const { code, stderr } = await withoutRoom(LOGIN);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot write the contexts to ~/.config/pvevm/config.yaml: no file may be that large');
    expect(readdirSync(inFolder('.config/pvevm'))).toEqual(['config.yaml']);
    expect(readFileSync(inFolder('.config/pvevm/config.yaml'), 'utf8')).toBe(text);
  });

  it('no sandbox is made, and nothing of it stays in the way', async () => {
    world.write('vm.yaml', WEB);
    const { code, stderr } = await withoutRoom('plan --sandbox=box vm.yaml');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: cannot open the sandbox in .*box: no file may be that large/m);
    expect(stderr).not.toMatch(/defect|\n {4}at /);
    expect(readdirSync(inFolder('box'))).toEqual([]);
    expect((await world.start(['plan', '--sandbox=box', 'vm.yaml']).ended).code).toBe(0);
  });

  it('sandbox load says so, and can be done again', async () => {
    mkdirSync(inFolder('etc/nodes/pve1/qemu-server'), { recursive: true });
    world.write('etc/nodes/pve1/qemu-server/100.conf', 'name: a\n');
    const { code, stderr } = await withoutRoom('sandbox load etc --dir box');
    expect([code, stderr]).toEqual([3, expect.stringContaining('no file may be that large')]);
    expect((await world.start(['sandbox', 'load', 'etc', '--dir', 'box']).ended).code).toBe(0);
  });
});

describe('the lock of the contexts', () => {
  const lock = (): string => inFolder('.config/pvevm/config.yaml.lock');

  it('of a process that has ended is of no account', async () => {
    writeContexts();
    const { pid } = spawnSync('true');
    writeFileSync(lock(), `${pid} 12345 ${hostname()}\n`);
    expect((await world.start(LOGIN.split(' ')).ended).code).toBe(0);
    expect(existsSync(lock())).toBe(false);
    expect(readFileSync(inFolder('.config/pvevm/config.yaml'), 'utf8')).toContain('current: b');
  });

  // Two processes of one id are told apart by /proc, which Linux alone has.
  it.skipIf(process.platform !== 'linux')('is of no account where another process has the id by now', async () => {
    writeContexts();
    writeFileSync(lock(), `${process.pid} 1 ${hostname()}\n`);
    expect((await world.start(LOGIN.split(' ')).ended).code).toBe(0);
  });

  it('of a process that runs, and of another machine, is waited for', async () => {
    writeContexts();
    for (const owner of [`${process.pid} - ${hostname()}\n`, '1 1 elsewhere.example.test\n']) {
      writeFileSync(lock(), owner);
      const clock = createFakeClock();
      expect(await takeLock(lock(), { clock, tries: 3, pauseMs: 50 })).toBeUndefined();
      expect([clock.sleeps, readFileSync(lock(), 'utf8')]).toEqual([[50, 50], owner]);
    }
  });
});

/** Whether this machine lets a test have a disk of its own. */
const canMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=16k none /mnt']).status === 0;
})();

// A full disk is a small one that is mounted, which takes root on Linux, and a container that allows it.
describe.skipIf(!canMount)('on a disk that is full', () => {
  let disk = '';
  const isMounted = (): boolean => readFileSync('/proc/mounts', 'utf8').includes(` ${disk} `);
  const mount = (size: string): void => {
    disk = inFolder('disk');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', disk]);
  };
  const fill = (): void => {
    spawnSync('sh', ['-c', 'cat /dev/zero > "$0/filler"', disk]);
  };
  beforeEach(() => world.write('vm.yaml', WEB));
  afterEach(() => {
    if (disk !== '' && isMounted()) execFileSync('umount', ['-l', disk]);
  });

  it('plan -o says so, and leaves nothing half-written', async () => {
    mount('8k');
    writeFileSync(join(disk, 'my.plan'), 'older');
    fill();
    const { code, stderr } = await world.start(['plan', '-o', 'disk/my.plan', 'vm.yaml']).ended;
    expect(code).toBe(3);
    expect(stderr).toContain('error: cannot write the plan to disk/my.plan: the disk is full');
    expect(readFileSync(join(disk, 'my.plan'), 'utf8')).toBe('older');
    expect(readdirSync(disk).sort()).toEqual(['filler', 'my.plan']);
  });

  it('a disk that may only be read says so, too', async () => {
    mount('8k');
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { stderr } = await world.start(['plan', '-o', 'disk/my.plan', 'vm.yaml']).ended;
    expect(stderr).toContain('error: cannot write the plan to disk/my.plan: the file system is read-only');
  });

  it('a served sandbox fails what it cannot keep, goes on, ends with a word on it, and has lost nothing', async () => {
    mount('1m');
    const { child, ended, said } = world.start(['sandbox', 'serve', 'disk/box', '--task-time', '1ms']);
    await said('PVEVM_FINGERPRINT');
    fill();
    const failed = await world.start(['apply', '-y', '--sandbox=disk/box', 'vm.yaml']).ended;
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toMatch(/ENOSPC|no space/);
    expect((await world.start(['plan', '--sandbox=disk/box', 'vm.yaml']).ended).code).toBe(0);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: cannot save the sandbox in .*box: the disk is full/);
    execFileSync('rm', [join(disk, 'filler')]);
    expect((await world.start(['apply', '-y', '--sandbox=disk/box', 'vm.yaml']).ended).code).toBe(0);
  });
});
