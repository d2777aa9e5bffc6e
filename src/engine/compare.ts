import { type ChangeClass, heaviestEffect } from '../core/effect.ts';
import type { Field } from '../core/field.ts';
import { type Json, jsonEqual } from '../core/json.ts';
import type { Change } from '../core/plan.ts';
import type { Kind, LiveState, ManagedValue } from '../kinds/kind.ts';
import { codecOf } from '../pve/codecs/codecs.ts';
import { impactOf } from './effects.ts';

type Decode = Kind['decode'];

function isDevice(value: ManagedValue): boolean {
  return value.sub === undefined && (value.field.codec === 'volume' || value.field.codec === 'nic');
}

/** The canonical live value of a managed key; undefined where it is absent. */
function liveValue(managed: ManagedValue, texts: ReadonlyMap<string, string>, decode: Decode): Json | undefined {
  const text = texts.get(managed.key);
  if (text === undefined) return undefined;
  const codec = codecOf(managed.field.codec ?? 'string');
  if (managed.sub === undefined) return codec.parse(text);
  const part = decode(managed.key, text)?.[managed.sub];
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
    (field.codec === 'balloon' && (desired === 0) !== (current === 0));
  return comesOrGoes ? 'P' : (field.class ?? 'I');
}

function compareValue(managed: ManagedValue, live: LiveState, decode: Decode): Change | undefined {
  const { field, value } = managed;
  const current = liveValue(managed, live.current, decode);
  const pending = liveValue(managed, live.pending, decode);
  const meetsCurrent = agrees(field, value, current);
  const meetsPending = agrees(field, value, pending);
  if (meetsCurrent && meetsPending) return undefined;
  const base = { path: managed.path, key: managed.key, origin: managed.origin, after: inSpecWords(field, value) };
  if (meetsPending) {
    return {
      ...base,
      before: inSpecWords(field, current),
      effect: 'restart',
      state: 'pending',
      note: 'written; takes effect at the next full start',
    };
  }
  if (meetsCurrent) {
    return {
      ...base,
      before: inSpecWords(field, pending),
      effect: 'live',
      state: 'change',
      withdraws: true,
      note: 'withdraws what is pending',
    };
  }
  const { effect, note } = impactOf(classOfChange(field, value, current), live);
  const replaces = agrees(field, current, pending)
    ? undefined
    : `replaces ${JSON.stringify(inSpecWords(field, pending))}, which is pending`;
  const notes = [note, replaces].filter((part) => part !== undefined).join('; ');
  return {
    ...base,
    before: inSpecWords(field, current),
    effect,
    state: 'change',
    ...(notes === '' ? {} : { note: notes }),
  };
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
        effect: 'restart',
        state: 'pending',
        note: 'removal is written; takes effect at the next full start',
      };
    }
    return { ...base, before: pending, after: null, ...impactOf(device.field.class ?? 'P', live), state: 'change' };
  }
  const after = Object.fromEntries(
    parts
      .filter((part) => part.value !== undefined)
      .map((part) => [part.path.slice(device.path.length + 1), inSpecWords(part.field, part.value)]),
  );
  const withdraws =
    current === undefined ? {} : ({ withdraws: true, note: 'withdraws its removal, which is pending' } as const);
  return { ...base, before: null, after, ...impactOf(device.field.class ?? 'P', live), ...withdraws, state: 'change' };
}

/** Whether a change makes a volume larger, which is a request of its own. */
function isGrowth(change: Change): boolean {
  return change.path.endsWith('.size') && change.before !== null;
}

/** Proxmox VE takes a property string as a whole: where one sub-key waits for a restart, all of that key do. */
function alignEffects(changes: readonly Change[]): readonly Change[] {
  const written = changes.filter((change) => change.state === 'change' && !isGrowth(change));
  const effect = heaviestEffect(written.map((change) => change.effect));
  const note = written.find((change) => change.effect === effect)?.note;
  return changes.map((change) => {
    if (!written.includes(change) || change.effect === effect) return change;
    return { ...change, effect, ...(note === undefined ? {} : { note }) };
  });
}

/**
 * The changes that bring a live object to its desired state. Both sides are compared in canonical form and three ways:
 * desired, running now, and pending. An empty result means agreement.
 */
export function compare(desired: readonly ManagedValue[], live: LiveState, decode: Decode): readonly Change[] {
  const groups = new Map<string, ManagedValue[]>();
  for (const managed of desired) groups.set(managed.key, [...(groups.get(managed.key) ?? []), managed]);
  const changes: Change[] = [];
  for (const group of groups.values()) {
    const device = group.find(isDevice);
    const parts = group.filter((managed) => managed !== device);
    if (device !== undefined && (device.value === undefined || live.pending.get(device.key) === undefined)) {
      const change = compareDevice(device, parts, live);
      if (change !== undefined) changes.push(change);
      continue;
    }
    const found = parts.map((managed) => compareValue(managed, live, decode)).filter((change) => change !== undefined);
    changes.push(...alignEffects(found));
  }
  return changes;
}
