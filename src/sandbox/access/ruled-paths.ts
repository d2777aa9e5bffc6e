import type { SandboxAccess } from '../house.ts';

/** The paths that access rules name, each with those above it, as they stand in Proxmox VE's tree of rules. */
export function ruledPaths({ acl }: Pick<SandboxAccess, 'acl'>): ReadonlySet<string> {
  const paths = new Set(['/']);
  for (const { path } of acl) {
    const parts = path.split('/').filter((part) => part !== '');
    for (const index of parts.keys()) paths.add(`/${parts.slice(0, index + 1).join('/')}`);
  }
  return paths;
}
