import { type ApiError, failure, parameterFailure } from '../../api-error.ts';
import type { AuthUser, Call, GuestEntry, SandboxFacts, SandboxHost } from '../../host.ts';
import { closeDraft, type GuestDraft, openDraft } from './draft.ts';

/** What the work on one guest needs: who asks for it, where, and on which guest. */
export interface GuestScope {
  readonly host: SandboxHost;
  readonly user: AuthUser;
  readonly node: string;
  readonly vmid: number;
  /** The pool of the guest that is being created; privileges on it count too. */
  readonly pool?: string | undefined;
  require(path: string, anyOf: readonly string[]): void;
  /** Adds a line to the log of the task, where there is one. */
  log(line: string): void;
}

/** The scope of a call to a path below `/nodes/{node}/qemu/{vmid}`, or one that has `vmid` as a parameter. */
export function scopeOf(call: Call): GuestScope {
  const { host, user } = call;
  return {
    host,
    user,
    node: String(call.params['node']),
    vmid: Number(call.params['vmid']),
    require: (path, anyOf) => call.require(path, anyOf),
    log: () => undefined,
  };
}

/** The guest on the node of the path; another node's guest does not exist here (pve-guest-common: load_config). */
export function loadGuest(scope: GuestScope): GuestEntry {
  const entry = scope.host.guests.get(scope.vmid);
  if (entry === undefined || entry.node !== scope.node) {
    throw failure(`Configuration file 'nodes/${scope.node}/qemu-server/${scope.vmid}.conf' does not exist`);
  }
  return withoutUnknownCpu(scope.host.facts, entry);
}

/** A value that cannot be read is not there: here a processor model that was removed (PVE/QemuServer.pm, parse_vm_config). */
function withoutUnknownCpu(facts: SandboxFacts, entry: GuestEntry): GuestEntry {
  const { cpu, ...current } = entry.config.current;
  const model = /^(?:[^,]*,)*(?:cputype=)?custom-([^,]+)/.exec(cpu ?? '')?.[1];
  const isKnown = model === undefined || facts.hasCpuModel?.(model) === true;
  return isKnown ? entry : { ...entry, config: { ...entry.config, current } };
}

/** The guest's config, opened for changes. */
export function loadDraft(scope: GuestScope): GuestDraft {
  return openDraft(loadGuest(scope).config);
}

/** Writes a draft to the config file, unless the file already says the same, and opens it again. */
export function writeDraft(scope: GuestScope, draft: GuestDraft): GuestDraft {
  const config = closeDraft(scope.host.facts, draft);
  return openDraft(scope.host.guests.write(scope.vmid, scope.node, config).config);
}

/** Whether the guest runs; a guest that is not on this node is an error of its own (check_running). */
export function isRunning(scope: GuestScope): boolean {
  const entry = scope.host.guests.get(scope.vmid);
  if (entry === undefined || entry.node !== scope.node) {
    throw failure(`unable to find configuration file for VM ${scope.vmid} on node '${scope.node}'`);
  }
  return scope.host.guests.startedAt(scope.vmid) !== undefined;
}

/** Throws where the guest is locked (pve-guest-common: PVE/AbstractConfig.pm, check_lock). */
export function checkLock(draft: GuestDraft): void {
  const lock = draft.current.get('lock');
  if (lock !== undefined) throw failure(`VM is locked (${lock})`);
}

/** Throws where the guest is protected; `what` says what was to be done (check_protection). */
export function checkProtection(draft: GuestDraft, what: string): void {
  if (draft.current.get('protection') === '1') throw failure(`${what} - protection mode enabled`);
}

/** Throws where another user than root@pam itself asks to skip the lock. */
export function checkSkipLock(call: Call): boolean {
  const isAsked = call.params['skiplock'] === 1;
  if (isAsked && !call.user.isRoot) throw parameterFailure({ skiplock: 'Only root may use this option.' });
  return isAsked;
}

/** Throws where a digest was sent and the file has another one; an empty one is no digest. */
export function checkDigest(scope: GuestScope, digest: unknown): void {
  if (typeof digest !== 'string' || digest === '') return;
  if (digest !== loadGuest(scope).digest) throw failure('checksum mismatch (file change by other user?)');
}

/** A refused parameter as a task says it: on one line (pve-common: PVE/Exception.pm, stringify). */
export function flatten(error: ApiError): ApiError {
  if (error.errors === undefined) return error;
  const details = Object.entries(error.errors).map(([key, text]) => `${key}: ${text}`);
  return failure(`${error.status} ${error.message}  ${details.join(' ')}`.replaceAll('\n', ' ').trimEnd());
}
