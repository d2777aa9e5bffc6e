import type { ExitName } from '../core/exit-code.ts';
import type { Status } from '../engine/status.ts';
import { type JsonExit, jsonExit } from './plan/plan-json.ts';

/** What `status --json` prints: what the resources are doing, and how the command ends. */
export function statusJson(status: Status, exit: ExitName): Status & { readonly exit: JsonExit } {
  return { ...status, exit: jsonExit(exit) };
}
