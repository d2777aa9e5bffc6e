import type { Clock } from '../../core/clock.ts';
import { createPveClient } from '../../pve/client.ts';
import { createClusterView } from '../../pve/cluster.ts';
import type { ProxySettings } from '../../pve/connection/proxy.ts';
import type { Trust } from '../../pve/connection/trust.ts';
import { loadFacts } from '../../pve/facts/load-facts.ts';
import { decodePermissions } from '../../pve/permissions.ts';
import { grantCommands } from '../doctor/grant-commands.ts';
import { hasRole } from '../doctor/privilege-checks.ts';
import { privilegeRows } from '../doctor/privilege-rows.ts';
import { privilegesOfKinds, requiredPrivileges } from '../doctor/required-privileges.ts';
import { nearestFactVersion } from '../doctor/server-checks.ts';

/** What a token turned out to be good for. */
export interface TestedToken {
  /** `user@realm!name`. */
  readonly user: string;
  readonly version: string;
  readonly nodes: readonly string[];
  /** How many privileges that planning needs are missing. */
  readonly missing: number;
  /** The commands that give a separated token what it needs. */
  readonly grants: readonly string[];
}

/** How to reach the server that a token is for. */
export interface TokenTarget {
  readonly endpoint: string;
  readonly trust: Trust;
  readonly proxy: ProxySettings;
  readonly clock: Clock;
}

/** Logs in with a token, and reads what it may do. Throws as the client does. */
export async function testToken(token: string, target: TokenTarget): Promise<TestedToken> {
  const client = createPveClient({ ...target, credentials: { type: 'token', token } });
  try {
    const view = createClusterView(client);
    const { version } = await view.version();
    const path = '/access/permissions';
    const permissions = decodePermissions(path, await client.get(path));
    const required = requiredPrivileges(await loadFacts(nearestFactVersion(version)), await privilegesOfKinds());
    const rows = privilegeRows(required, permissions);
    const lacking = rows.filter(
      ({ command, state, onlyFor }) => command === 'plan' && state === 'missing' && onlyFor === undefined,
    );
    const { nodes } = await view.resources();
    return {
      ...{ user: client.user, version, nodes: nodes.map(({ node }) => node).sort(), missing: lacking.length },
      grants: grantCommands(client.user, required, 'separated', await hasRole(client)),
    };
  } finally {
    await client.close();
  }
}
