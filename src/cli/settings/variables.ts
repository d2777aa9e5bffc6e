import { PvevmError } from '../../core/error.ts';
import type { SettingsIo } from './family.ts';

type Environment = SettingsIo['env'];

const YES: readonly string[] = ['1', 'true', 't', 'yes', 'y', 'on'];
const NO: readonly string[] = ['0', 'false', 'f', 'no', 'n', 'off'];

/** The value of an environment variable without blanks around it; undefined where it is unset or empty. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim() ?? '';
  return value === '' ? undefined : value;
}

/** The value of a variable that holds a password, as it is; undefined where it is unset or empty. */
export function secretVariable(env: Environment, name: string): string | undefined {
  const value = env[name] ?? '';
  return value === '' ? undefined : value;
}

/** A variable that is true or false; undefined where it is unset or empty. Throws `CONFIG` for anything else. */
export function booleanVariable(env: Environment, name: string): boolean | undefined {
  const value = variable(env, name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (YES.includes(value)) return true;
  if (NO.includes(value)) return false;
  // What stands there may be a secret that was put into the wrong variable.
  throw new PvevmError('CONFIG', `cannot read ${name}: its value is neither true nor false`, {
    hints: [`Set ${name} to 1 or 0, or unset it.`],
  });
}

/** The parts of a value that lists several, separated by commas or blanks. */
export function listOf(value: string | undefined): readonly string[] {
  return value?.split(/[\s,]+/).filter((part) => part !== '') ?? [];
}

/** Which of these variables are set, in the order given. */
export function namesThatAreSet(env: Environment, names: readonly string[]): readonly string[] {
  return names.filter((name) => variable(env, name) !== undefined);
}

/** A user with a realm: without one, Proxmox VE's login dialogue means `pam`. */
export function withRealm(username: string): string {
  return username.includes('@') ? username : `${username}@pam`;
}
