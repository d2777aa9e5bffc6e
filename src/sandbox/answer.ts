import type { Json, JsonObject } from '../core/json.ts';
import { ApiError } from './api-error.ts';
import { WireError } from './wire-error.ts';
import { extrasOf } from './with-extras.ts';

/** One HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Undefined where the body is no JSON. */
  readonly contentType?: string;
  readonly body: string;
}

/** The formats of answers: `/api2/json/…` and `/api2/extjs/…`. */
export type Format = 'json' | 'extjs';

const JSON_TYPE = 'application/json;charset=UTF-8';

/** The answer to a call that succeeded. */
export function answerOf(data: Json, format: Format): Answer {
  const extras = extrasOf(data);
  const body: JsonObject = format === 'json' ? { ...extras, data } : { success: 1, ...extras, data };
  return { status: 200, reason: 'OK', contentType: JSON_TYPE, body: JSON.stringify(body) };
}

/**
 * The answer to a call that failed: the reason phrase is the message's first line, the message in the body ends in a
 * newline but for 501, and 401 has no body (pve-http-server: PVE/APIServer/AnyEvent.pm, error; Formatter/Standard.pm).
 */
export function answerOfError(error: unknown, format: Format): Answer {
  if (error instanceof WireError) return { status: error.status, reason: reasonOf(error.message), body: error.body };
  const status = error instanceof ApiError ? error.status : 500;
  const text = error instanceof Error ? error.message : String(error);
  // What is refused before it reaches the API has no body; a login that fails is an answer of the API, and ends in a newline.
  if (status === 401 && !text.endsWith('\n')) return { status, reason: reasonOf(text), body: '' };
  const message = status === 501 || text.endsWith('\n') ? text : `${text}\n`;
  const errors = error instanceof ApiError ? error.errors : undefined;
  const body: JsonObject = { data: null, message, ...(errors === undefined ? {} : { errors }) };
  if (format === 'json') return { status, reason: reasonOf(text), contentType: JSON_TYPE, body: JSON.stringify(body) };
  const shown = errors === undefined ? status : String(status);
  return {
    status: 200,
    reason: 'OK',
    contentType: JSON_TYPE,
    body: JSON.stringify({ ...body, success: 0, status: shown }),
  };
}

/** A text's first line without what a status line cannot carry. */
function reasonOf(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/[^\x20-\x7e]/g, '?');
}
