import { isObject, type Json, type JsonObject } from '../../../core/json.ts';
import { redact } from '../../../core/redact.ts';
import type { Inexpressible } from '../../exported.ts';

/** A document in the making. */
export interface Draft {
  /** Sets the value at a path (`disks.scsi0.size`); an empty map makes a device that says nothing more. */
  put(path: string, value: Json): void;
  /** Notes what the document cannot say. */
  lose(what: string, why: string): void;
  has(path: string): boolean;
  readonly document: JsonObject;
  readonly lost: readonly Inexpressible[];
}

const LOOKS_SECRET =
  'It holds what looks like the secret of an API token, which belongs in no document. Write it by hand, with a variable in its place.';

/** Starts a document with what every one has. */
export function createDraft(head: JsonObject): Draft {
  const document: Record<string, Json> = { ...head };
  const lost: Inexpressible[] = [];
  const lose = (what: string, why: string): void => void lost.push({ what, why });
  return {
    document,
    lost,
    lose,
    has: (path) => {
      let value: Json | undefined = document;
      for (const part of path.split('.')) value = isObject(value) ? (value[part] as Json) : undefined;
      return value !== undefined;
    },
    put: (path, value) => {
      if (redact(JSON.stringify(value)) !== JSON.stringify(value)) {
        lose(path, LOOKS_SECRET);
        return;
      }
      const parts = path.split('.');
      const last = parts.pop() ?? '';
      let parent = document;
      for (const part of parts) {
        const child = parent[part];
        const map: Record<string, Json> = isObject(child) ? (child as Record<string, Json>) : {};
        parent[part] = map;
        parent = map;
      }
      // A device is put before its parts or after them.
      if (isObject(value) && Object.keys(value).length === 0 && isObject(parent[last])) return;
      parent[last] = value;
    },
  };
}
