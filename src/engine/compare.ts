import { type ChangeClass, heaviestEffect } from '../core/effect.ts';
import { type Field, isWholeDevice } from '../core/field.ts';
import { type Json, jsonEqual } from '../core/json.ts';
import type { Change } from '../core/plan.ts';
import type { Kind, LiveState, ManagedValue } from '../kinds/kind.ts';
import { codecOf } from '../pve/codecs/codecs.ts';
import { type Impact, impactOf, impactOfWritten } from './effects.ts';

type Decode = Kind['decode'];

function isDevice(value: ManagedValue): boolean {
  return value.sub === undefined && isWholeDevice(value.field);
}

/** The canonical live value of a managed key; undefined where it is absent. */
function liveValue(managed: ManagedValue, texts: ReadonlyMap<string, string>, decode: Decode): Json | undefined {
  const text = texts.get(managed.key);
  if (text === undefined) return undefined;
  const codec = codecOf(managed.field.codec ?? 'string');
  if (managed.sub === undefined) return codec.parse(text);
  const parts = decode(managed.key, text);
  // What cannot be taken apart is no absence: it is kept whole, and so differs from every value.
  if (parts === undefined) return text;
  const part = parts[managed.sub];
  return part === undefined ? undefined : codec.parse(part);
}

function absentValue(field: Field): Json | undefined {
  return field.absent === undefined ? undefined : codecOf(field.codec ?? 'string').fromSpec(field.absent);
}

/** Whether a desired value is met by a live one; absence equals the field's `absent` value. */
function agrees(field: Field, desired: Json | undefined, live: Json | undefined): boolean {
  const absent = absentValue(field);
  const left = desired === undefined ? absent : desired;
  const right = live === undefined ? absent : live;
  if (left === undefined || right === undefined) return left === right;
  const codec = codecOf(field.codec ?? 'string');
  return codec.agrees?.(left, right) ?? jsonEqual(left, right);
}

function inSpecWords(field: Field, value: Json | undefined): Json {
  return value === undefined ? null : codecOf(field.codec ?? 'string').toSpec(value);
}

/** The class of a change, where that depends on the values: a device that comes or goes is never changed live. */
function classOfChange(field: Field, desired: Json | undefined, current: Json | undefined): ChangeClass {
  const comesOrGoes =
    (field.codec === 'medium' && (desired === undefined || current === undefined)) ||
    // qemu-server: PVE/QemuServer.pm, vmconfig_hotplug_pending: the balloon device itself cannot be plugged.
    (field.codec === 'balloon' && (desired === 0) !== (current === 0)) ||
    // A machine takes memory and processors only where it was started for that.
    (field.codec === 'hotplug' && [desired, current].some((features) => /memory|cpu/.test(String(features))));
  return comesOrGoes ? 'P' : (field.class ?? 'I');
}

function compareValue(
  managed: ManagedValue,
  live: LiveState,
  decode: Decode,
  rotateSecrets: boolean,
): Change | undefined {
  const { field, value } = managed;
  const current = liveValue(managed, live.current, decode);
  // Mostly nothing is pending.
  const isSame = live.pending.get(managed.key) === live.current.get(managed.key);
  const pending = isSame ? current : liveValue(managed, live.pending, decode);
  const meetsCurrent = agrees(field, value, current);
  const meetsPending = isSame ? meetsCurrent : agrees(field, value, pending);
  const rotates = rotateSecrets && field.writeOnly === true && value !== undefined && pending !== undefined;
  if (meetsCurrent && meetsPending && !rotates) return undefined;
  const base = { path: managed.path, key: managed.key, origin: managed.origin, after: inSpecWords(field, value) };
  if (meetsPending && !rotates) {
    return {
      ...base,
      before: inSpecWords(field, current),
      ...impactOfWritten('written', live),
      state: 'pending',
    };
  }
  if (meetsCurrent && !rotates) {
    return {
      ...base,
      before: inSpecWords(field, pending),
      effect: 'live',
      state: 'change',
      withdraws: true,
      note: 'withdraws what is pending',
    };
  }
  const impact: Impact =
    managed.migrates === true ? { effect: 'migrate' } : impactOf(classOfChange(field, value, current), live);
  const { effect, note, appliedBy }: Impact = managed.losesData === true ? { effect: 'data-loss' } : impact;
  const replaces = agrees(field, current, pending)
    ? undefined
    : `replaces ${JSON.stringify(inSpecWords(field, pending))}, which is pending`;
  const notes = [rotates ? 'set anew, as --rotate-secrets asks' : undefined, note, replaces]
    .filter((part) => part !== undefined)
    .join('; ');
  return {
    ...base,
    before: inSpecWords(field, current),
    effect,
    state: 'change',
    ...(appliedBy === undefined ? {} : { appliedBy }),
    ...(notes === '' ? {} : { note: notes }),
  };
}

function compareValues(
  values: readonly ManagedValue[],
  live: LiveState,
  decode: Decode,
  rotateSecrets: boolean,
): readonly Change[] {
  const changes: Change[] = [];
  for (const managed of values) {
    const change = compareValue(managed, live, decode, rotateSecrets);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

function compareDevice(device: ManagedValue, parts: readonly ManagedValue[], live: LiveState): Change | undefined {
  const current = live.current.get(device.key);
  const pending = live.pending.get(device.key);
  const wanted = device.value !== undefined;
  if (!wanted && current === undefined && pending === undefined) return undefined;
  const base = { path: device.path, key: device.key, origin: device.origin };
  if (!wanted) {
    if (pending === undefined) {
      return {
        ...base,
        before: current ?? null,
        after: null,
        ...impactOfWritten('removal is written', live),
        state: 'pending',
      };
    }
    // What was never plugged is only taken out of what waits.
    const changeClass = current === undefined ? 'I' : (device.field.class ?? 'P');
    return { ...base, before: pending, after: null, ...impactOf(changeClass, live), state: 'change' };
  }
  const after = Object.fromEntries(
    parts
      .filter((part) => part.value !== undefined)
      .map((part) => [part.path.slice(device.path.length + 1), inSpecWords(part.field, part.value)]),
  );
  if (current === undefined)
    return { ...base, before: null, after, ...impactOf(device.field.class ?? 'P', live), state: 'change' };
  const note = 'withdraws its removal, which is pending';
  return { ...base, before: null, after, ...impactOf('I', live), withdraws: true, note, state: 'change' };
}

/** Whether a change makes a volume larger or moves it, which are requests of their own. */
function isOfVolume(change: Change): boolean {
  return /\.(size|storage|format)$/.test(change.path) && change.before !== null;
}

/** What is said of a device that waits for a restart as a whole, where its parts say nothing. */
function waitingDevice(device: ManagedValue, parts: readonly ManagedValue[], live: LiveState): Change | undefined {
  const change = compareDevice(device, parts, { ...live, pending: live.current });
  if (change === undefined) return undefined;
  const { path, key, before, after, origin } = change;
  return { path, key, before, after, origin, ...impactOfWritten('written', live), state: 'pending' };
}

/** A device that only the next start will bring takes nothing live, and has nothing that it could go back to. */
function untilPlugged(changes: readonly Change[], live: LiveState): readonly Change[] {
  if (!live.running) return changes;
  return changes.map((change) => {
    if (change.state !== 'change' || isOfVolume(change)) return change;
    const { withdraws: _, ...bare } = change;
    return bare.effect === 'live' ? { ...bare, ...impactOf('P', live) } : bare;
  });
}

/** Proxmox VE takes a property string as a whole: where one sub-key waits for a restart, all of that key do. */
function alignEffects(changes: readonly Change[]): readonly Change[] {
  if (changes.length < 2) return changes;
  const written = changes.filter((change) => change.state === 'change' && !isOfVolume(change));
  const effect = heaviestEffect(written.map((change) => change.effect));
  const { note, appliedBy } = written.find((change) => change.effect === effect) ?? {};
  return changes.map((change) => {
    // What is withdrawn runs already.
    if (!written.includes(change) || change.effect === effect || change.withdraws === true) return change;
    const applied = appliedBy === undefined ? {} : { appliedBy };
    return { ...change, effect, ...applied, ...(note === undefined ? {} : { note }) };
  });
}

/** Takes each text apart once, however many of its parts are compared: those of a key come together. */
function rememberLast(decode: Decode): Decode {
  const last = new Map<string, readonly [text: string, parts: ReturnType<Decode>]>();
  return (key, text) => {
    const known = last.get(key);
    if (known?.[0] === text) return known[1];
    const parts = decode(key, text);
    last.set(key, [text, parts]);
    return parts;
  };
}

/**
 * The changes that bring a live object to its desired state. Both sides are compared in canonical form and three ways:
 * desired, running now, and pending. An empty result means agreement. A secret agrees with any; `rotateSecrets` makes a
 * change of each that is there.
 */
export function compare(
  desired: readonly ManagedValue[],
  live: LiveState,
  decode: Decode,
  rotateSecrets = false,
): readonly Change[] {
  const decodeOnce = rememberLast(decode);
  const groups = new Map<string, ManagedValue[]>();
  for (const managed of desired) {
    const group = groups.get(managed.key);
    if (group === undefined) groups.set(managed.key, [managed]);
    else group.push(managed);
  }
  const changes: Change[] = [];
  for (const group of groups.values()) {
    const device = group.find(isDevice);
    const parts = device === undefined ? group : group.filter((managed) => managed !== device);
    if (device !== undefined && (device.value === undefined || live.pending.get(device.key) === undefined)) {
      const change = compareDevice(device, parts, live);
      if (change !== undefined) changes.push(change);
      // What stays after all may have to become something else.
      if (change?.withdraws === true)
        changes.push(
          ...alignEffects(compareValues(parts, { ...live, pending: live.current }, decodeOnce, rotateSecrets)),
        );
      continue;
    }
    const found = compareValues(parts, live, decodeOnce, rotateSecrets);
    const aligned = alignEffects(found);
    if (device === undefined || live.current.get(device.key) !== undefined) changes.push(...aligned);
    else if (found.length > 0) changes.push(...untilPlugged(aligned, live));
    else changes.push(...[waitingDevice(device, parts, live)].filter((change) => change !== undefined));
  }
  return changes;
}
