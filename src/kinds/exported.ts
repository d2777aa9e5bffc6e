import type { Address } from '../core/address.ts';
import type { JsonObject } from '../core/json.ts';

/** Which live objects of a kind are to be written as documents. */
export interface ExportRequest {
  /** Names or ids, as a user writes them; `*` for all that the token may see. */
  readonly names: readonly string[];
  /** Only those of `*` that live on this node. */
  readonly node?: string;
  /** Only those of `*` that have this tag. */
  readonly tag?: string;
  /** Whether it is written that they run, or are stopped. */
  readonly power: boolean;
}

/** Something of a live object that no document can say. */
export interface Inexpressible {
  /** As in `unused0` or `scsi0 (iops_max)`. */
  readonly what: string;
  /** A whole sentence: what it is, and what a user may do about it. */
  readonly why: string;
}

/** A live object as a document. */
export interface ExportedObject {
  readonly address: Address;
  /** What it was written from, as in `guest 104 on pve1`. */
  readonly source: string;
  /** The document, with texts as they are: nothing in it is a placeholder. */
  readonly document: JsonObject;
  readonly inexpressible: readonly Inexpressible[];
  /** The keys that wait for a restart: the document says what will be after it. */
  readonly pending: readonly string[];
  /** The keys that the server makes by itself and that a document may leave to it. */
  readonly generated: readonly string[];
}

/** An object that was asked for and cannot be written, and why. */
export interface NotExported {
  readonly source: string;
  readonly code: 'LOCKED' | 'MISSING' | 'IDENTITY' | 'PERMISSION' | 'CONNECT';
  /** A whole sentence. */
  readonly why: string;
}

/** What became of a request for documents. */
export interface Exported {
  readonly objects: readonly ExportedObject[];
  readonly failed: readonly NotExported[];
}
