import { parsePropertyString } from '../pve/codecs/property-string.ts';
import { permissionFailure } from './api-error.ts';
import { splitList } from './check-value.ts';
import type { AuthUser, SandboxHost } from './host.ts';

/** Which tags a user may give to guests and take from them. */
export interface TagAccess {
  /** The tags to choose from, sorted. */
  readonly allowed: readonly string[];
  /** Whether tags that are not among them may be used too. */
  readonly isFree: boolean;
  /** Tags that only those with Sys.Modify on `/` may use. */
  readonly registered: ReadonlySet<string>;
}

/**
 * What `user-tag-access` and `registered-tags` of the datacenter let a user do (pve-guest-common: PVE/GuestHelpers.pm,
 * get_allowed_tags). Tags of guests are there to choose from only where the datacenter says `existing`.
 */
export function tagAccess(host: SandboxHost, user: AuthUser): TagAccess {
  const isPrivileged = mayModify(host, user);
  const registered = new Set(splitList(host.datacenter['registered-tags'] ?? ''));
  const format = host.facts.formats['options-user-tag-access'];
  const rules = typeof format === 'object' ? parsePropertyString(host.datacenter['user-tag-access'] ?? '', format) : {};
  const policy = rules['user-allow'] ?? 'free';
  const listed = policy === 'none' && !isPrivileged ? [] : splitList(rules['user-allow-list'] ?? '');
  const seen = policy === 'existing' ? tagsOfGuests(host, user) : [];
  const all = new Set([...listed, ...seen, ...(isPrivileged ? registered : [])]);
  const allowed = [...all].filter((tag) => isPrivileged || !registered.has(tag)).sort();
  return { allowed, isFree: policy === 'free', registered };
}

function tagsOfGuests({ guests, access }: SandboxHost, user: AuthUser): readonly string[] {
  return guests
    .list()
    .filter(({ vmid }) => access.privileges(user, `/vms/${vmid}`).has('VM.Audit'))
    .flatMap(({ config }) => splitList(config.current['tags'] ?? ''));
}

function mayModify({ access }: SandboxHost, user: AuthUser): boolean {
  return user.isRoot || access.privileges(user, '/').has('Sys.Modify');
}

/** Throws status 403 where a user may not make these tags of those (GuestHelpers.pm, assert_tag_permissions). */
export function checkTagChange(host: SandboxHost, user: AuthUser, before: string, after: string): void {
  if (mayModify(host, user)) return;
  const [old, wanted] = [new Set(splitList(before)), new Set(splitList(after))];
  const { allowed, isFree, registered } = tagAccess(host, user);
  for (const tag of [...old, ...wanted]) {
    if (old.has(tag) === wanted.has(tag)) continue;
    const isAllowed = (isFree || allowed.includes(tag)) && !registered.has(tag);
    if (!isAllowed) throw permissionFailure(`/, Sys.Modify for modifying tag '${tag}'`);
  }
}
