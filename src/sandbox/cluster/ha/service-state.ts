import type { SandboxState } from '../../house.ts';

/** What the HA manager wants of a resource. */
export type WantedState = 'started' | 'stopped' | 'ignored';

const failed = new WeakMap<SandboxState, Set<string>>();

/** The resources that the HA manager has given up on. */
export function failedServices(host: SandboxState): Set<string> {
  const known = failed.get(host) ?? new Set<string>();
  failed.set(host, known);
  return known;
}

/** What a resource's `state` asks for; undefined: there is no such resource. */
export function wantedState(host: SandboxState, sid: string): WantedState | undefined {
  const resource = host.ha.get(sid);
  if (resource === undefined) return undefined;
  const state = resource.options['state'] ?? 'started';
  if (state === 'ignored') return 'ignored';
  return state === 'started' || state === 'enabled' ? 'started' : 'stopped';
}

/** The state of a resource as the HA manager reports it (pve-ha-manager: PVE/HA/Tools.pm, get_verbose_service_state). */
export function haStateOf(host: SandboxState, sid: string): string | undefined {
  const wanted = wantedState(host, sid);
  if (wanted === undefined || wanted === 'ignored') return wanted;
  if (failedServices(host).has(sid)) return 'error';
  const isRunning = host.guests.startedAt(Number(sid.slice(3))) !== undefined;
  if (isRunning === (wanted === 'started')) return wanted;
  return wanted === 'started' ? 'starting' : 'stopping';
}
