import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { ResourcePlan } from '../core/plan.ts';
import type { PlanContext } from '../kinds/kind.ts';
import { unlessRefused } from '../pve/refused.ts';

// Names that begin with `pve` are Proxmox VE's own (pve-access-control: PVE/API2/Role.pm).
const ROLES: Readonly<Record<string, string>> = {
  vms: 'VMKeeper',
  pool: 'PoolKeeper',
  storage: 'StorageKeeper',
  sdn: 'NetworkKeeper',
  mapping: 'MappingKeeper',
  nodes: 'NodeKeeper',
};

interface Lack {
  readonly privilege: string;
  readonly path: string;
}

/** Every finding of a missing privilege is worded like this, whoever made it. */
const LACK =
  /\bneeds? ([A-Z]\w+(?:\.\w+)+(?: and [A-Z]\w+(?:\.\w+)+)*)(?: or [A-Z][\w.]+)? on (\/\S*?),? (?:which|and) /;

function lacksIn({ code, severity, detail }: Diagnostic): readonly Lack[] {
  const [, privileges, path] = (code === 'PERMISSION' && severity === 'error' && LACK.exec(detail)) || [];
  if (privileges === undefined || path === undefined) return [];
  return privileges.split(' and ').map((privilege) => ({ privilege, path }));
}

function isAfter(left: Range, right: Range): boolean {
  if (left.file !== right.file) return left.file > right.file;
  return left.line > right.line || (left.line === right.line && left.column > right.column);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What the token holds on a path already: a new rule there hides those above it, and so has to say it again. */
async function heldOn(path: string, { cluster }: PlanContext): Promise<readonly string[]> {
  const all = new Set([...(await cluster.permissions()).values()].flatMap((held) => [...held]));
  const held: string[] = [];
  for (const privilege of all) if (await cluster.holdsItself(path, privilege)) held.push(privilege);
  return held;
}

/** Findings, and the plan of the resource that they are about; none where they are about no single one. */
interface Findings {
  readonly plan?: ResourcePlan;
  readonly diagnostics: readonly Diagnostic[];
}

function lacksOf({ plan, diagnostics }: Findings): readonly Lack[] {
  // The id of a new guest may still become another one.
  const isChosen = plan?.action === 'create' && plan.vmidChosen;
  return diagnostics
    .flatMap(lacksIn)
    .map(({ privilege, path }) => ({ privilege, path: isChosen && path === `/vms/${plan.vmid}` ? '/vms' : path }));
}

/**
 * One note for a whole plan, with the commands that grant what errors say is missing, to be run on a node: a role for
 * each sort of path, and the rules that give it to the token and its user (pveum). None where nothing is missing. Several
 * notes would make roles of one name with different privileges, of which Proxmox VE takes the first only.
 */
export async function grantNote(found: readonly Findings[], context: PlanContext): Promise<readonly Diagnostic[]> {
  const lacks = found.flatMap(lacksOf);
  if (lacks.length === 0) return [];
  const { cluster, user } = context;
  const [owner = user] = user.split('!');
  const known = await unlessRefused(cluster.texts('/access/roles'), undefined);
  const present = new Set((known?.rows ?? []).map((row) => row['roleid']));
  const roles = new Map<string, Set<string>>();
  const rules: string[] = [];
  for (const path of [...new Set(lacks.map((lack) => lack.path))].sort()) {
    const role = ROLES[path.split('/')[1] ?? ''] ?? 'ClusterKeeper';
    const privileges = roles.get(role) ?? new Set();
    for (const { privilege } of lacks.filter((lack) => lack.path === path)) privileges.add(privilege);
    for (const privilege of await heldOn(path, context)) privileges.add(privilege);
    roles.set(role, privileges);
    const rule = (option: string, name: string): string =>
      `pveum acl modify ${path} --${option} ${quote(name)} --roles ${role}${path === '/' ? ' --propagate 0' : ''}`;
    // root@pam may do everything without any rule.
    if (owner !== 'root@pam') rules.push(rule('users', owner));
    if (owner !== user) rules.push(rule('tokens', user));
  }
  const made = [...roles].map(([role, privileges]) => {
    const names = [...privileges].sort().join(' ');
    return present.has(role)
      ? `pveum role modify ${role} --append 1 --privs "${names}"`
      : `pveum role add ${role} --privs "${names}"`;
  });
  const detail = ['Run on a node, as root:', ...made, ...rules].join('\n');
  const lacking = found.flatMap(({ diagnostics }) => diagnostics).filter((one) => lacksIn(one).length > 0);
  // At the last of them, so that it is read after all.
  const range = lacking
    .flatMap((diagnostic) => diagnostic.range ?? [])
    .reduce<Range | undefined>((last, next) => (last === undefined || isAfter(next, last) ? next : last), undefined);
  const addresses = new Set(lacking.map((diagnostic) => diagnostic.address));
  const [address] = addresses;
  const place = {
    ...(range === undefined ? {} : { range }),
    ...(address === undefined || addresses.size > 1 ? {} : { address }),
  };
  return [{ severity: 'note', code: 'PERMISSION', summary: 'how to grant what is missing', detail, ...place }];
}
