import type { Resource } from '../../../core/resource.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { timeoutOf } from './timeouts.ts';
import { waitForDrafts } from './wait-for.ts';

const AFTERWARDS_MS = 30_000;

/** For how long a guest that something else starts is waited for: the HA manager, or the second half of a reboot. */
export function startWait(resource: Resource, state: 'running' | 'stopped' = 'running'): Draft['await'] {
  const written = state === 'running' ? timeoutOf(resource, 'start') : undefined;
  return { for: 'power', state, timeoutMs: written ?? TIMEOUTS.power };
}

/**
 * The steps that start a guest, and wait for what the document waits for. `path` is the guest's. Proxmox VE has a limit of
 * its own that grows with the guest's memory; one that is written takes its place (qemu-server:
 * PVE/QemuServer/Helpers.pm, config_aware_timeout).
 */
export function startDrafts(resource: Resource, path: string, title = 'start'): readonly Draft[] {
  const written = timeoutOf(resource, 'start');
  const timeoutMs = written === undefined ? TIMEOUTS.volume : written + AFTERWARDS_MS;
  const start: Draft = {
    title,
    effect: 'none',
    request: {
      method: 'POST',
      path: `${path}/status/start`,
      params: written === undefined ? {} : { timeout: Math.ceil(written / 1000) },
    },
    await: { for: 'task', timeoutMs },
  };
  return [start, ...waitForDrafts(resource)];
}

/** The steps of a guest that the HA manager starts: a second start would be refused as a conflict of its own. */
export function startedByHaDrafts(resource: Resource): readonly Draft[] {
  return [
    { title: 'wait until HA has started it', effect: 'none', await: startWait(resource) },
    ...waitForDrafts(resource),
  ];
}
