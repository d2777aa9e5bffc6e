import { isObject } from '../../core/json.ts';
import { loadFacts } from '../../pve/facts/load-facts.ts';
import { decodePermissions } from '../../pve/permissions.ts';
import type { PveReader } from '../../pve/reader.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { DoctorCheck, PrivilegeRow } from '../../report/doctor-text.ts';
import { grantCommands, type Separation, SUGGESTED_ROLE } from './grant-commands.ts';
import { privilegeRows } from './privilege-rows.ts';
import { privilegesOfKinds, requiredPrivileges } from './required-privileges.ts';
import { nearestFactVersion } from './server-checks.ts';

/** What a user may do of what pvevm needs. */
export interface PrivilegeFindings {
  readonly rows: readonly PrivilegeRow[];
  readonly checks: readonly DoctorCheck[];
}

/**
 * Whether a token has privileges of its own. A token may read that of itself only where it may audit users
 * (pve-access-control: PVE/API2/User.pm, index).
 */
async function separationOf(reader: PveReader, user: string): Promise<Separation> {
  const [owner, name] = user.split('!');
  if (name === undefined) return 'whole';
  // What a whole token of root@pam lacks nobody has.
  if (owner === 'root@pam') return 'separated';
  const users = await unlessRefused(reader.get('/access/users', { query: { full: 1 } }), []);
  const rows: readonly unknown[] = Array.isArray(users) ? users : [];
  const row = rows.find((candidate) => isObject(candidate) && candidate['userid'] === owner);
  const tokens: unknown = isObject(row) ? row['tokens'] : undefined;
  const token: unknown = Array.isArray(tokens)
    ? tokens.find((candidate) => isObject(candidate) && candidate['tokenid'] === name)
    : undefined;
  if (!isObject(token)) return 'unknown';
  return Number(token['privsep'] ?? 1) === 1 ? 'separated' : 'whole';
}

/** Whether the role that pvevm suggests is there already. */
export async function hasRole(reader: PveReader): Promise<boolean> {
  const roles = await unlessRefused(reader.get('/access/roles'), []);
  return Array.isArray(roles) && roles.some((role) => isObject(role) && role['roleid'] === SUGGESTED_ROLE);
}

function missingText(rows: readonly PrivilegeRow[]): string {
  const missing = rows.filter(({ state }) => state === 'missing').length;
  const partly = rows.filter(({ state }) => state === 'partly').length;
  return [
    ...(missing === 0 ? [] : [`${missing} of ${rows.length} privileges ${missing === 1 ? 'is' : 'are'} missing`]),
    ...(partly === 0 ? [] : [`${partly} ${partly === 1 ? 'is' : 'are'} held on some paths only`]),
  ].join(', ');
}

function checkOf(command: 'plan' | 'apply', all: readonly PrivilegeRow[], remedies: readonly string[]): DoctorCheck {
  const own = all.filter((row) => row.command === command);
  const rows = own.filter(({ onlyFor }) => onlyFor === undefined);
  const special = [...new Set(own.flatMap(({ state, onlyFor }) => (state === 'held' ? [] : (onlyFor ?? []))))];
  // What documents may never ask for is no fault.
  const details = special.length === 0 ? [] : [`documents with ${special.join(' or ')} need more: see --verbose`];
  if (rows.every(({ state }) => state === 'held')) {
    const summary = `all ${rows.length} privileges that it needs are held`;
    return { name: command, state: 'ok', summary, details };
  }
  // A token that is meant for planning only is no problem either.
  const isProblem = command === 'plan' && rows.some(({ state }) => state === 'missing');
  return {
    ...{ name: command, state: isProblem ? 'problem' : 'warning', summary: missingText(rows), details, remedies },
    ...(isProblem ? { code: 'PERMISSION' } : {}),
  };
}

/** A plan checks that its own token may carry it out, unless it is told that another one does. */
function ofReadingToken(plan: DoctorCheck): DoctorCheck {
  if (plan.state !== 'ok') return plan;
  return { ...plan, summary: `${plan.summary} (with --skip-privileges; without it, those of apply too)` };
}

function explanation(user: string, separation: Separation): string {
  const [owner, name] = user.split('!');
  if (name === undefined)
    return 'To grant what is needed, run on a node (a rule for a user hides those of its groups on the same path):';
  const why: Readonly<Record<Separation, string>> = {
    separated: `the token has privileges of its own, as far as ${owner} has them too`,
    whole: `the token may do what ${owner} may`,
    unknown: `where the token has privilege separation, it and ${owner} both need them`,
  };
  return `To grant what is needed, run on a node (${why[separation]}):`;
}

/** Holds the privileges of the reader's user against what `plan` and `apply` need on a server of this version. */
export async function findPrivileges(reader: PveReader, user: string, version: string): Promise<PrivilegeFindings> {
  const required = requiredPrivileges(await loadFacts(nearestFactVersion(version)), await privilegesOfKinds());
  const path = '/access/permissions';
  const rows = privilegeRows(required, decodePermissions(path, await reader.get(path)));
  const complete = rows.every(({ state, onlyFor }) => state === 'held' || onlyFor !== undefined);
  const separation = complete ? 'unknown' : await separationOf(reader, user);
  const commands = complete ? [] : grantCommands(user, required, separation, await hasRole(reader));
  const remedies = [explanation(user, separation), ...commands.map((command) => `  ${command}`)];
  const plan = checkOf('plan', rows, remedies);
  // The same commands serve both.
  const apply = checkOf('apply', rows, plan.state === 'ok' ? remedies : ['The commands above grant this too.']);
  return { rows, checks: [apply.state === 'ok' ? plan : ofReadingToken(plan), apply] };
}
