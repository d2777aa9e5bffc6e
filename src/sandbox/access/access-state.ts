import type { SandboxAccess } from '../house.ts';
import type { AccessContent } from './access-files.ts';
import { type Privileges, privilegesOn } from './privileges.ts';

// Lists ask for each guest; those of root are the same each time.
const names = new WeakMap<Privileges, ReadonlySet<string>>();

function namesOf(privileges: Privileges): ReadonlySet<string> {
  const known = names.get(privileges) ?? new Set(privileges.keys());
  names.set(privileges, known);
  return known;
}

/** Access rules as the endpoints use them; the maps are those given, so that a reload can fill them anew. */
export function createAccess(content: AccessContent, now: () => number): SandboxAccess {
  const access: SandboxAccess = {
    ...content,
    usedTotpSteps: new Map(),
    privileges: (user, path) => namesOf(access.privilegesWithPropagation(user, path)),
    privilegesWithPropagation: (user, path) => privilegesOn(access, user, path, now()),
  };
  return access;
}
