import { createHash } from 'node:crypto';
import { failure, parameterFailure } from '../../api-error.ts';
import { decodeText } from '../../encode-text.ts';
import type { Call } from '../../host.ts';
import { isConfigKey } from './config-key.ts';
import type { GuestScope } from './guest.ts';
import { normaliseNet } from './net.ts';

/** The shares that Proxmox VE clamps `cpuunits` to on a host with cgroup v2. */
const MAX_CPU_UNITS = 10_000;

/** The parameters of a call as the text that a config file holds, without those that are named. */
export function settingsOf(call: Call, without: ReadonlySet<string>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries(call.params)) {
    if (!without.has(key)) settings[key] = Array.isArray(value) ? value.join(',') : String(value);
  }
  return settings;
}

/**
 * What Proxmox VE changes in a request before it looks further: `cpuunits` within what the host knows, NICs printed
 * anew and given a MAC, `vmgenid=1` a new id. Keys of SSH must look like such keys.
 */
export function normaliseSettings(scope: GuestScope, settings: Record<string, string>): void {
  const { cpuunits, sshkeys } = settings;
  if (cpuunits !== undefined) settings['cpuunits'] = String(Math.min(Number(cpuunits), MAX_CPU_UNITS));
  if (sshkeys !== undefined) checkSshKeys(sshkeys);
  if (settings['vmgenid'] === '1') settings['vmgenid'] = scope.host.random.uuid();
  for (const [key, value] of Object.entries(settings)) {
    if (/^net\d+$/.test(key)) settings[key] = normaliseNet(scope.host, value);
  }
}

/** A password as Proxmox VE stores it: hashed with a new salt, unless it is such a hash already. */
export function hashPassword(scope: GuestScope, password: string): string {
  if (/^\$(?:[156]|2[ay])(?:\$.+){2}/.test(password)) return password;
  const salt = scope.host.random.uuid().replaceAll('-', '').slice(-16);
  return `$5$${salt}$${createHash('sha256').update(`${salt}${password}`).digest('base64url')}`;
}

/** Names in a list parameter such as `delete`; `cdrom` is `ide2`. */
export function namesIn(list: string | number | readonly string[] | undefined): readonly string[] {
  const text = typeof list === 'object' ? list.join(',') : String(list ?? '');
  return text
    .split(/[,;\s]+/)
    .filter((name) => name !== '')
    .map((name) => (name === 'cdrom' ? 'ide2' : name));
}

/** Throws where `delete` and `revert` name something unknown, or something that the request sets too. */
export function checkNames(
  scope: GuestScope,
  settings: Readonly<Record<string, string>>,
  deleted: readonly string[],
  reverted: readonly string[],
): void {
  const refuse = (parameter: string, text: string): never => {
    throw parameterFailure({ [parameter]: text });
  };
  const both = (name: string, verb: string) => `you can't use '-${name}' and -${verb} ${name}' at the same time`;
  for (const name of reverted) {
    if (!isConfigKey(scope.host.facts, name)) refuse('revert', `unknown option '${name}'`);
    if (settings[name] !== undefined) refuse('delete', both(name, 'revert'));
  }
  for (const name of deleted) {
    if (settings[name] !== undefined) refuse('delete', both(name, 'delete'));
    if (reverted.includes(name)) refuse('revert', both(name, 'revert'));
    if (!isConfigKey(scope.host.facts, name)) refuse('delete', `unknown option '${name}'`);
  }
}

function checkSshKeys(text: string): void {
  const lines = decodeText(text).split('\n');
  const isKey = /^(?:ssh-[a-z0-9-]+|ecdsa-[a-z0-9-]+|sk-[a-z0-9@.-]+)\s+\S+/;
  if (lines.some((line) => line.trim() !== '' && !isKey.test(line.trim()))) {
    throw failure('SSH public key validation error');
  }
}
