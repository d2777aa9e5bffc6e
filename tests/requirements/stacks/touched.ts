/** A write, as the log of the sandbox has it. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function idsIn(list: unknown): readonly number[] {
  return String(list ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map(Number);
}

/**
 * The ids of the guests that a write may have an effect on; what a clone is made from is only read. Throws for a write
 * that is not known: it might touch anybody's.
 */
export function touchedBy({ method, path, params }: Write): readonly number[] {
  if (/^\/nodes\/[^/]+\/qemu$/.test(path)) return idsIn(params['vmid']);
  const [, vmid, below] = /^\/nodes\/[^/]+\/qemu\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (vmid !== undefined) return below === '/clone' ? idsIn(params['newid']) : [Number(vmid)];
  if (path === '/cluster/ha/resources') return idsIn(String(params['sid']).replace('vm:', ''));
  const [, service] = /^\/cluster\/ha\/resources\/(?:vm:)?(\d+)$/.exec(path) ?? [];
  if (service !== undefined) return [Number(service)];
  if (path.startsWith('/pools')) return idsIn(params['vms']);
  throw new Error(`a write that the test does not know: ${method} ${path} ${JSON.stringify(params)}`);
}
