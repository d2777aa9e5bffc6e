import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readState } from './cluster-state.ts';
import type { World } from './world.ts';

/** Takes the lock off a guest, as `qm unlock` does. */
function unlock(world: World, vmid: number): void {
  const { directory } = world.sandbox;
  const node = readState(directory).guests.get(vmid)?.node;
  if (node === undefined) return;
  const path = join(directory, `nodes/${node}/qemu-server/${vmid}.conf`);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^lock: .*\n/m, ''));
  world.sandbox.reload();
}

/** Takes away the locks of this name, as the end of a backup does. */
export function endBackups(world: World): void {
  for (const [vmid, { text }] of readState(world.sandbox.directory).guests)
    if (/^lock: backup$/m.test(text)) unlock(world, vmid);
}

/**
 * Carries out what a report or plan tells a person to do by hand; returns what that was. What is somebody else's is
 * carried out too: that it is told is a fault, which the comparison afterwards finds.
 */
export async function obey(world: World, told: string): Promise<readonly string[]> {
  const commands = [...new Set(told.match(/qm unlock \d+|qm destroy \d+|pvesm free [^\s'`,]+[^\s'`,.]/g) ?? [])];
  const { pve } = world.begin();
  for (const command of commands) {
    const [, verb, what = ''] = command.split(' ');
    const vmid = Number(what);
    if (verb === 'unlock') unlock(world, vmid);
    else if (verb === 'destroy') {
      const node = readState(world.sandbox.directory).guests.get(vmid)?.node;
      if (node !== undefined) await pve.delete(`/nodes/${node}/qemu/${vmid}`, { params: { purge: 1 } });
    } else {
      const [storage = ''] = what.split(':');
      await pve.delete('/nodes/{node}/storage/{storage}/content/{volume}', {
        path: { node: 'pve1', storage, volume: what },
      });
    }
    await world.settle();
  }
  return commands;
}
