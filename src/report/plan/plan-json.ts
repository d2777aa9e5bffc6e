import { EXIT_CODES, type ExitName } from '../../core/exit-code.ts';
import type { Plan } from '../../core/plan.ts';

/** The exit of a command in its JSON output. */
export interface JsonExit {
  readonly code: number;
  readonly name: ExitName;
}

/** The exit of a command in its JSON output, by its name. */
export function jsonExit(name: ExitName): JsonExit {
  return { code: EXIT_CODES[name], name };
}

/** What `plan --json` prints: the plan, and how the command ends. */
export function planJson(plan: Plan, exit: ExitName): Plan & { readonly exit: JsonExit } {
  return { ...plan, exit: jsonExit(exit) };
}
