import { type Effect, heaviestEffect } from '../../core/effect.ts';
import type { Json } from '../../core/json.ts';
import type { Change } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { Step } from '../../core/step.ts';
import { printDiskSize } from '../../pve/codecs/codecs.ts';
import type { LiveState, ManagedValue, Observation } from '../kind.ts';
import { attributeDrafts } from './attributes.ts';
import { driveTitle, freedDrive, isWantedDrive, regenerateDrafts } from './cloud-init/steps.ts';
import { overlaidText } from './config-text.ts';
import { byKey, CONSOLE_KEYS, consoleTitle, isAttribute, textOfNew } from './create.ts';
import { bootOrderAfter } from './disks/boot-after.ts';
import { destroyDrafts } from './disks/destroy-unused.ts';
import { followVolumes } from './disks/follow-volumes.ts';
import { moveDrafts } from './disks/move.ts';
import { inWritingOrder, isGrowth, optionsAfterVolume } from './disks/volume-change.ts';
import { deviceName, isUnusedKey } from './disks/volumes.ts';
import { renamesMark } from './identity/renamed.ts';
import { importGrowth } from './images/growth.ts';
import { finishDraft, isOfWord } from './leftovers/unfinished.ts';
import { isVolumeKey, storedParts } from './live.ts';
import { isSecretKey, secretDrafts } from './secrets.ts';
import { type Draft, numberSteps, TIMEOUTS, withDigests } from './steps.ts';

interface KeyChange {
  readonly key: string;
  readonly effect: Effect;
  /** The new value; undefined: the key is deleted. */
  readonly text: string | number | undefined;
  readonly revert: boolean;
  readonly changes: readonly Change[];
}

const NOTHING_ALLOWED: ReadonlySet<string> = new Set();

/** Whether a change of the key may take long on the server, where the synchronous call is cut off after 30 s. */
function isSlow(key: string): boolean {
  return isVolumeKey(key) || /^net\d+$/.test(key);
}

/** Whether a key has more pending than what the document manages of it: a `revert` would take that back too. */
function holdsMorePending(key: string, values: readonly ManagedValue[], live: LiveState): boolean {
  const pending = live.pending.get(key);
  const current = live.current.get(key);
  if (pending === undefined || current === undefined) return false;
  const [next, now] = [storedParts(key, pending), storedParts(key, current)];
  if (next === undefined || now === undefined) return false;
  const managed = new Set(values.map((value) => value.sub));
  return [...new Set([...Object.keys(next), ...Object.keys(now)])].some(
    (sub) => !managed.has(sub) && next[sub] !== now[sub],
  );
}

function keyChange(
  resource: Resource,
  key: string,
  values: readonly ManagedValue[],
  changes: readonly Change[],
  live: LiveState,
): KeyChange {
  const effect = heaviestEffect(changes.map((change) => change.effect));
  // A stale size in what is pending is no reason to take the rest of it back.
  const revert =
    changes.every((change) => change.withdraws === true && !change.path.endsWith('.size')) &&
    !holdsMorePending(key, values, live);
  // A device whose removal is withdrawn goes on from what it is.
  const isKept = changes.some((change) => change.withdraws === true);
  const base = live.pending.get(key) ?? (isKept ? live.current.get(key) : undefined);
  const removes = changes.some(
    (change) =>
      change.after === null && values.some((managed) => managed.path === change.path && managed.sub === undefined),
  );
  if (removes) return { key, effect, text: undefined, revert, changes };
  const text =
    base === undefined || isWantedDrive(values) ? textOfNew(resource, key, values) : overlaidText(key, base, values);
  return { key, effect, text, revert, changes };
}

function configDraft(title: string, path: string, changes: readonly KeyChange[]): Draft {
  const params: Record<string, Json> = {};
  const deleted: string[] = [];
  const reverted: string[] = [];
  for (const { key, text, revert } of changes) {
    if (revert) reverted.push(key);
    else if (text === undefined) deleted.push(key);
    else params[key] = text;
  }
  if (deleted.length > 0) params['delete'] = deleted.join(',');
  if (reverted.length > 0) params['revert'] = reverted.join(',');
  const slow = changes.some((change) => isSlow(change.key));
  return {
    title,
    effect: heaviestEffect(changes.map((change) => change.effect)),
    request: { method: slow ? 'POST' : 'PUT', path: `${path}/config`, params },
    await: slow ? { for: 'task', timeoutMs: TIMEOUTS.volume } : { for: 'none', timeoutMs: TIMEOUTS.config },
  };
}

function growth(changes: readonly Change[], values: readonly ManagedValue[]): number | undefined {
  const change = changes.find(isGrowth);
  const bytes = values.find((managed) => managed.path === change?.path)?.value;
  return change !== undefined && typeof bytes === 'number' ? bytes : undefined;
}

function deviceTitle(key: string, change: KeyChange): string {
  const cloudInit = driveTitle(key, change.changes, change.text);
  if (cloudInit !== undefined) return cloudInit;
  const what = key === 'ide2' ? 'medium' : key.startsWith('net') ? 'network interface' : 'disk';
  if (change.text === undefined) return `remove ${what} ${key}`;
  const added = change.changes.some(
    ({ before, path, withdraws }) => before === null && withdraws !== true && path.split('.').length === 2,
  );
  const device = isVolumeKey(key) && what === 'disk' ? deviceName(key) : `${what} ${key}`;
  return added ? `add ${device}` : `change ${device}`;
}

function resizeDrafts(
  path: string,
  key: string,
  changes: readonly Change[],
  values: readonly ManagedValue[],
): readonly Draft[] {
  const bytes = growth(changes, values);
  if (bytes === undefined) return [];
  const effect = changes.find(isGrowth)?.effect ?? 'live';
  return [
    {
      title: `grow disk ${key} to ${printDiskSize(bytes)}`,
      effect,
      request: { method: 'PUT', path: `${path}/resize`, params: { disk: key, size: printDiskSize(bytes) } },
      await: { for: 'task', timeoutMs: TIMEOUTS.volume },
    },
  ];
}

/** The boot order that has to be written before its devices are removed; undefined where none of them is named. */
function bootWithout(removed: ReadonlySet<string>, live: LiveState): string | undefined {
  const boot = live.pending.get('boot');
  const order = boot === undefined ? undefined : storedParts('boot', boot)?.['order']?.split(';');
  if (order === undefined || !order.some((device) => removed.has(device))) return undefined;
  return `order=${order.filter((device) => !removed.has(device)).join(';')}`;
}

function bootDrafts(
  path: string,
  removed: readonly KeyChange[],
  live: LiveState,
  wanted: KeyChange | undefined,
  moved: string | undefined,
): { readonly before: readonly Draft[]; readonly after: readonly Draft[] } {
  const text = bootWithout(new Set(removed.map((change) => change.key)), live);
  const effect: Effect = live.running ? 'restart' : 'none';
  const draft = (order: string): Draft => ({
    title: 'set boot order',
    effect,
    request: { method: 'PUT', path: `${path}/config`, params: { boot: order } },
    await: { for: 'none', timeoutMs: TIMEOUTS.config },
  });
  const followed = moved === undefined ? [] : [draft(moved)];
  const last = wanted === undefined ? followed : [configDraft('set boot order', path, [wanted])];
  return { before: text === undefined || text === 'order=' ? [] : [draft(text)], after: last };
}

/**
 * The steps that bring a live guest to its state: one write for what is quick, then the console, each network interface
 * and each disk by itself (moved, grown, then its options), and the boot order last, never in one request with a device
 * that comes or goes; then power, and the steps of a `restart`; what is to be destroyed goes after everything else.
 */
export function updateDrafts(
  resource: Resource,
  observation: Observation,
  changes: readonly Change[],
  allow: ReadonlySet<string> = NOTHING_ALLOWED,
  restart: readonly Draft[] = [],
): readonly Draft[] {
  const { node, vmid, desired } = observation;
  const live = observation.live as LiveState;
  const path = `/nodes/${node}/qemu/${vmid}`;
  const toWrite = changes.filter((change) => change.state === 'change');
  const written = toWrite.filter((change) => !isOfWord(change));
  const values = byKey(desired.filter((managed) => !isOfWord(managed)));
  const valuesOf = (key: string): readonly ManagedValue[] => values.get(key) ?? [];
  const keys = [...new Set(written.map((change) => change.key))].filter(
    (key) => !isAttribute(key) && !isUnusedKey(key),
  );
  const all = keys.map((key) =>
    keyChange(
      resource,
      key,
      valuesOf(key),
      written.filter((change) => change.key === key),
      live,
    ),
  );
  const devices = inWritingOrder(all.filter((change) => isSlow(change.key)));
  const volumes = followVolumes(vmid, live, devices, desired);
  const removed = devices.filter((change) => change.text === undefined && !change.revert);
  const boot = bootDrafts(
    path,
    removed,
    live,
    all.find((change) => change.key === 'boot'),
    bootOrderAfter(devices, live, desired),
  );
  const plain = all.filter((change) => !isSlow(change.key) && change.key !== 'boot' && !CONSOLE_KEYS.has(change.key));
  const marks = plain.filter(
    ({ changes: parts }) => parts.some((part) => part.path === 'description (mark)') && !renamesMark(resource, parts),
  );
  const passwords = plain.filter((change) => isSecretKey(change.key) && change.text !== undefined);
  const others = plain.filter((change) => !marks.includes(change) && !passwords.includes(change));
  const consoles = all.filter((change) => CONSOLE_KEYS.has(change.key));
  const drafts: Draft[] = [];
  if (marks.length > 0) drafts.push(configDraft('mark as pvevm’s own', path, marks));
  if (others.length > 0)
    drafts.push(configDraft(`change ${others.map((change) => change.key).join(', ')}`, path, others));
  const consoleTexts = Object.fromEntries(consoles.map(({ key, text }) => [key, text]));
  if (consoles.length > 0) drafts.push(configDraft(consoleTitle(consoleTexts), path, consoles));
  const secrets = Object.fromEntries(passwords.map(({ key, text = null }) => [key, text]));
  drafts.push(...secretDrafts(path, secrets, heaviestEffect(passwords.map((change) => change.effect))));
  const lastNic = devices.findLast(({ key, text }) => key.startsWith('net') && text !== undefined);
  if (lastNic === undefined) drafts.push(...regenerateDrafts(resource, observation, written));
  drafts.push(...boot.before);
  for (const device of devices) {
    // What is pending of a drive is written with the volume and the size that it then has.
    drafts.push(...moveDrafts(path, device, live));
    drafts.push(...resizeDrafts(path, device.key, device.changes, valuesOf(device.key)));
    const rest = optionsAfterVolume(device, live);
    if (rest !== undefined) {
      const draft = configDraft(volumes.titles.get(device.key) ?? deviceTitle(device.key, rest), path, [rest]);
      const freed = freedDrive(rest, live);
      drafts.push(freed.length === 0 ? draft : { ...draft, removes: freed });
    }
    drafts.push(...importGrowth(path, valuesOf(device.key)));
    if (device === lastNic) drafts.push(...regenerateDrafts(resource, observation, written));
  }
  drafts.push(...boot.after);
  drafts.push(...attributeDrafts(resource, observation, written, allow, restart));
  // Whatever is left of its making was done before.
  if (toWrite.length > written.length) {
    const whole = desired.filter(({ key }) => key === 'description');
    drafts.push(finishDraft(path, String(overlaidText('description', live.pending.get('description'), whole))));
  }
  drafts.push(...destroyDrafts(resource, path, vmid, volumes.unused, desired));
  return drafts;
}

/** The steps that bring a guest, which does not run, to its state. */
export function updateSteps(resource: Resource, observation: Observation, changes: readonly Change[]): readonly Step[] {
  return numberSteps(resource.address, withDigests(updateDrafts(resource, observation, changes), observation.digest));
}
