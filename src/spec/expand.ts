import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { busOf } from '../core/requires.ts';
import { selectFields } from '../core/select-fields.ts';
import { type Document, type Place, rangeOfValue } from './document.ts';
import { placesOfField } from './field-places.ts';
import { childPointer, displayPointer } from './pointer.ts';

/** A document with lists of devices as maps by slot and short forms written out, and what was wrong with them. */
export interface Expanded {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
}

// The highest slots that Proxmox VE has (qemu-server: PVE/QemuServer/Drive.pm, PVE/QemuServer/Network.pm).
const LAST_SLOT: Readonly<Record<string, number>> = { scsi: 30, virtio: 15, sata: 5, ide: 3, net: 31 };
// Proxmox VE's usual bus, for a disk of a list that names none.
const DEFAULT_BUS = 'scsi';

const hasShortForm = (field: Field): boolean => field.list !== undefined || field.shorthand !== undefined;

/** What a plain value of a field stands for, written out; any other value as it is. */
export function writeOut(field: Field, value: Json): Json {
  const { shorthand } = field;
  if (shorthand === undefined || value === null || typeof value === 'object') return value;
  if (typeof shorthand === 'string') return { [shorthand]: value };
  const key = String(value);
  return Object.hasOwn(shorthand, key) ? (shorthand[key] ?? value) : value;
}

/** A copy of a value with all its parts: `structuredClone` takes several times as long for what is plain JSON. */
function copyOf(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => copyOf(item));
  const copy: Record<string, Json> = {};
  for (const [key, child] of Object.entries(value as JsonObject)) copy[key] = copyOf(child);
  return copy;
}

/** Moves the places below one pointer to another. */
function movePlaces(places: Map<string, Place>, from: string, to: string): void {
  for (const [pointer, place] of [...places]) {
    if (pointer !== from && !pointer.startsWith(`${from}/`)) continue;
    places.delete(pointer);
    places.set(to + pointer.slice(from.length), place);
  }
}

/**
 * Writes out the short forms of a document: a list of devices becomes a map, numbered per bus in order; a plain value of
 * a field with a `shorthand` becomes the map it stands for. The `bus` of a disk goes away: the slot says it. Places are
 * kept.
 */
export function expandDocument(document: Document, fields: readonly Field[]): Expanded {
  const value = copyOf(document.value) as Record<string, Json>;
  const places = new Map(document.places);
  const diagnostics: Diagnostic[] = [];
  const expanded: Document = { ...document, value, places };
  const report = (pointer: string, summary: string, detail: string): void => {
    diagnostics.push({
      severity: 'error',
      code: 'SPEC_INVALID',
      summary,
      detail,
      range: rangeOfValue(document, pointer),
      pointer,
    });
  };

  for (const field of selectFields(fields, hasShortForm)) {
    if (field.list !== undefined) expandList(field, value, places, report);
    if (field.list === 'bus') removeBuses(field, value, places, report);
    if (field.shorthand === undefined) continue;
    for (const { parent, key, pointer } of placesOfField(value, field, 'filled')) {
      const short = parent[key];
      if (short === undefined) continue;
      const long = writeOut(field, short);
      if (long === short || !isObject(long)) continue;
      parent[key] = long as JsonObject;
      const place = places.get(pointer);
      if (place !== undefined) for (const child of Object.keys(long)) places.set(childPointer(pointer, child), place);
    }
  }
  return { document: expanded, diagnostics };
}

type Report = (pointer: string, summary: string, detail: string) => void;

function expandList(field: Field, value: Record<string, Json>, places: Map<string, Place>, report: Report): void {
  const list = value[field.path];
  if (!Array.isArray(list)) return;
  const slots: Record<string, Json> = {};
  const next = new Map<string, number>();
  // Two passes over the places, because `/disks/0` of the list could be taken for a slot.
  const moves: [string, string][] = [];
  for (const [index, device] of (list as readonly Json[]).entries()) {
    const from = childPointer(`/${field.path}`, index);
    if (!isObject(device)) {
      report(
        from,
        'wrong type',
        `${displayPointer(from)} is empty. In a list every entry is a map, as in {}; to remove a device, write ${field.path} as a map and the slot as null.`,
      );
      continue;
    }
    const { bus, ...rest } = device as Record<string, Json>;
    const prefix = field.list === 'bus' ? String(bus ?? DEFAULT_BUS) : (field.list ?? '');
    const number = next.get(prefix) ?? 0;
    next.set(prefix, number + 1);
    if (number > (LAST_SLOT[prefix] ?? 0)) {
      report(
        from,
        'too many devices',
        `There are ${(LAST_SLOT[prefix] ?? 0) + 1} ${prefix} slots, and this is number ${number + 1}.`,
      );
      continue;
    }
    const slot = `${prefix}${number}`;
    slots[slot] = rest;
    places.delete(`${from}/bus`);
    moves.push([from, `/${field.path}/${slot}`]);
  }
  for (const [from, to] of moves) movePlaces(places, from, to);
  value[field.path] = slots;
}

function removeBuses(field: Field, value: Record<string, Json>, places: Map<string, Place>, report: Report): void {
  for (const { parent, key, pointer, slot = '' } of placesOfField(value, { path: `${field.path}.*.bus` }, 'filled')) {
    const bus = parent[key];
    if (bus === undefined) continue;
    if (bus !== busOf(slot)) {
      report(
        pointer,
        'bus contradicts slot',
        `${displayPointer(pointer)} is ${String(bus)}, and the slot is ${slot}. In a map the slot says the bus: remove bus, or name another slot.`,
      );
    }
    delete parent[key];
    places.delete(pointer);
  }
}
