import { PvevmError } from '../../core/error.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { rowsOf } from '../decode.ts';
import type { PveReader } from '../reader.ts';

/** What tells one cluster from another. A part that could not be read is absent. */
export interface ClusterIdentity {
  /**
   * SHA-256 of the cluster's own certificate authority, `/etc/pve/pve-root-ca.pem`: made once for each cluster, and the
   * same on all its nodes.
   */
  readonly authority?: string;
  /** The nodes that the cluster knows, and the fingerprints of their certificates; read where the authority is not. */
  readonly nodes?: readonly { readonly name: string; readonly fingerprint?: string }[];
}

// Problems of the way to the server, or of who asks: the identity is not unknown then, it was not asked for.
const NOT_ASKED: ReadonlySet<string> = new Set(['CONNECT', 'TIMEOUT', 'TLS', 'AUTHENTICATION', 'INTERRUPTED']);

/**
 * Reads what identifies a cluster, in one request as a rule, and two at most; any user may send both. As a node's name
 * `localhost` means the one that answers (pve-manager: PVE/HTTPServer.pm, PVE/API2/Certificates.pm). Throws where the
 * server cannot be reached or refuses the login, and gives an empty identity where it says nothing of use.
 */
export async function readClusterIdentity(reader: PveReader): Promise<ClusterIdentity> {
  const authority = await unlessUnreadable(async () => {
    const path = '/nodes/{node}/certificates/info';
    const rows = rowsOf(path, await reader.get(path, { path: { node: 'localhost' } }));
    return rows.find((row) => row.optionalText('filename') === 'pve-root-ca.pem')?.optionalText('fingerprint');
  });
  if (authority !== undefined) return { authority: authority.toUpperCase() };
  const nodes = await unlessUnreadable(async () => {
    const rows = rowsOf('/nodes', await reader.get('/nodes'));
    return rows.map((row) => {
      const fingerprint = row.optionalText('ssl_fingerprint');
      return { name: row.text('node'), ...(fingerprint === undefined ? {} : { fingerprint }) };
    });
  });
  return nodes === undefined ? {} : { nodes };
}

/** Whether two identities have a part in common to be compared by. */
export function isComparable(a: ClusterIdentity, b: ClusterIdentity): boolean {
  return (a.authority !== undefined && b.authority !== undefined) || (a.nodes !== undefined && b.nodes !== undefined);
}

/**
 * Whether two identities are of one cluster: by the authority; otherwise by a node that both know, by its certificate
 * where both say it, or else by its name. Identities that cannot be compared are not the same.
 */
export function isSameCluster(a: ClusterIdentity, b: ClusterIdentity): boolean {
  if (a.authority !== undefined && b.authority !== undefined) return a.authority === b.authority;
  return (a.nodes ?? []).some((node) =>
    (b.nodes ?? []).some(
      (other) =>
        node.name === other.name &&
        (node.fingerprint === undefined || other.fingerprint === undefined || node.fingerprint === other.fingerprint),
    ),
  );
}

/** A cluster in words, for an error: its name and nodes, as far as the user may read them, and its authority. */
export async function describeCluster(reader: PveReader, identity: ClusterIdentity): Promise<string> {
  const rows = await rowsOfStatus(reader);
  const name = rows?.find((row) => row.optionalText('type') === 'cluster')?.optionalText('name');
  const nodes =
    rows?.flatMap((row) => (row.optionalText('type') === 'node' ? [row.text('name')] : [])) ??
    identity.nodes?.map((node) => node.name) ??
    [];
  const parts = [
    name === undefined ? 'cluster' : `cluster ${name}`,
    ...(nodes.length === 0 ? [] : [`nodes ${[...nodes].sort().join(', ')}`]),
    ...(identity.authority === undefined ? [] : [`authority ${identity.authority}`]),
  ];
  return sanitizeLine(parts.join('; '));
}

async function rowsOfStatus(reader: PveReader): Promise<ReturnType<typeof rowsOf> | undefined> {
  try {
    return rowsOf('/cluster/status', await reader.get('/cluster/status'));
  } catch (error) {
    // It needs Sys.Audit on `/`, and is only for the words of an error.
    if (error instanceof PvevmError) return undefined;
    throw error;
  }
}

async function unlessUnreadable<Answer>(read: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PvevmError) || NOT_ASKED.has(error.code)) throw error;
    return undefined;
  }
}
