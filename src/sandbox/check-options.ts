import { PvevmError } from '../core/error.ts';
import { FACT_VERSIONS } from '../pve/facts/fact-versions.ts';
import type { SandboxOptions } from './sandbox.ts';
import { WORLD_NAMES } from './worlds/worlds.ts';

type Name = 'world' | 'version' | 'port' | 'seed' | 'taskTimeMs' | 'resourcesLagMs' | 'authDelayMs' | 'timeFactor';

const isDuration = (value: unknown): boolean => Number.isFinite(value) && Number(value) >= 0;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const NOT_NEGATIVE = 'a number, 0 or more';

/** What each option may be, and how that is said. */
const RULES: Readonly<Record<Name, readonly [isGood: (value: unknown) => boolean, wanted: string]>> = {
  world: [(value) => (WORLD_NAMES as readonly unknown[]).includes(value), `one of ${WORLD_NAMES.join(', ')}`],
  version: [(value) => (FACT_VERSIONS as readonly unknown[]).includes(value), `one of ${FACT_VERSIONS.join(', ')}`],
  port: [(value) => isCount(value) && Number(value) <= 65_535, 'a number up to 65535'],
  seed: [isCount, 'a whole number, 0 or more'],
  taskTimeMs: [isDuration, NOT_NEGATIVE],
  resourcesLagMs: [isDuration, NOT_NEGATIVE],
  authDelayMs: [isDuration, NOT_NEGATIVE],
  timeFactor: [(value) => isDuration(value) && Number(value) > 0, 'a number above 0'],
};

/** Throws `USAGE` for an option that a sandbox cannot be started with; programs without types may pass anything. */
export function checkOptions(options: SandboxOptions): void {
  for (const [name, [isGood, wanted]] of Object.entries(RULES)) {
    const value = options[name as Name];
    if (value === undefined || isGood(value)) continue;
    throw new PvevmError('USAGE', `cannot start a sandbox: its ${name} cannot be '${value}'`, {
      hints: [`Give ${wanted}.`],
    });
  }
}
