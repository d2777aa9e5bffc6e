import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../../../src/sandbox/index.ts';
import type { Exchange } from './exchange.ts';

/** Guests that the recorder removed by hand between two attempts to make them, without a line in the file. */
const REMOVED: ReadonlySet<number> = new Set([150]);

/** What the recorder wrote into a config file by hand before a line, by recording without its version. */
const EDITS: Readonly<Record<string, { readonly vmid: number; readonly lock: string | undefined }>> = {
  '12-qemu-snap-clone:202': { vmid: 121, lock: 'backup' },
  '12-qemu-snap-clone:229': { vmid: 121, lock: undefined },
};

const pathOf = (sandbox: Sandbox, vmid: number): string =>
  join(sandbox.directory, `nodes/pve1/qemu-server/${vmid}.conf`);

/** Does by hand what the recorder did by hand before an exchange. */
export async function doSilentDeeds(
  sandbox: Sandbox,
  place: string,
  exchange: Exchange,
  send: (method: string, path: string) => Promise<unknown>,
): Promise<void> {
  const edit = EDITS[place];
  if (edit !== undefined) {
    const text = (sandbox.guestConfig(edit.vmid) ?? '').replace(/^lock: .*\n/m, '');
    const [main = '', ...sections] = text.split('\n[');
    const locked = edit.lock === undefined ? main : `${main.replace(/\n*$/, '\n')}lock: ${edit.lock}\n`;
    writeFileSync(pathOf(sandbox, edit.vmid), [locked, ...sections].join('\n['));
    sandbox.reload();
  }
  const remove = async (vmid: number): Promise<void> => {
    if (sandbox.guestConfig(vmid) === undefined) return;
    await send('POST', `/api2/json/nodes/pve1/qemu/${vmid}/status/stop`);
    await send('DELETE', `/api2/json/nodes/pve1/qemu/${vmid}`);
  };
  const vmid = Number((exchange.params ?? []).find(([name]) => name === 'vmid')?.[1]);
  const isCreated = exchange.method === 'POST' && exchange.path.endsWith('/qemu') && exchange.status === 200;
  if (isCreated && REMOVED.has(vmid)) await remove(vmid);
  if (place === '04-qemu-running:1') await remove(150);
}
