import type { Json } from '../core/json.ts';
import type { HouseEndpoint } from './house.ts';

function list(path: string, key: 'id' | 'name' | 'subdir', names: string): HouseEndpoint {
  const below = path === '/' ? '' : path;
  return {
    method: 'GET',
    path,
    handle: ({ host }): Json =>
      names
        .split(' ')
        // Older versions lack some of them.
        .filter((name) => host.facts.endpoints.some((fact) => fact.path.startsWith(`${below}/${name}`)))
        .map((name) => ({ [key]: name })),
  };
}

/** The directory listings of the API, but for those below a guest. */
export const indexEndpoints: readonly HouseEndpoint[] = [
  list('/', 'subdir', 'version cluster nodes storage access pools'),
  list('/access', 'subdir', 'users groups roles acl domains openid tfa ticket password'),
  list(
    '/cluster',
    'name',
    'acme backup backup-info bulk-action ceph config firewall ha jobs log mapping metrics notifications nextid options qemu replication resources status tasks sdn',
  ),
  list('/cluster/config', 'name', 'nodes totem join qdevice apiversion'),
  list('/cluster/ha', 'id', 'status resources groups rules'),
  list('/cluster/ha/status', 'name', 'current manager_status'),
  list(
    '/nodes/{node}',
    'name',
    'aplinfo apt capabilities ceph certificates config disks dns firewall hardware hosts journal lxc migrateall netstat network qemu query-oci-repo-tags query-url-metadata replication report rrd rrddata scan sdn services spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time version vncshell vzdump wakeonlan',
  ),
  list('/nodes/{node}/tasks/{upid}', 'name', 'log status'),
];
