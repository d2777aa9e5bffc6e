import { PvevmError } from '../../core/error.ts';
import type { PveReader } from '../reader.ts';
import { type ClusterIdentity, describeCluster, isComparable, isSameCluster, readClusterIdentity } from './identity.ts';

/** What an endpoint said when it was asked for its cluster, or why it said nothing. */
export type Probe =
  | { readonly endpoint: string; readonly reader: PveReader; readonly identity: ClusterIdentity }
  | { readonly endpoint: string; readonly error: PvevmError };

/** Holds endpoints against the first one that was admitted. */
export interface ClusterCheck {
  /** The endpoint that the others are compared with; undefined before any was admitted. */
  reference(): string | undefined;
  isVerified(endpoint: string): boolean;
  /**
   * Takes an endpoint in, or gives the error for which it is of no use now. Throws `IDENTITY` where it is of another
   * cluster than those that were admitted.
   */
  admit(probe: Probe): Promise<PvevmError | undefined>;
}

/** Asks an endpoint for its cluster. */
export async function probeEndpoint(endpoint: string, reader: PveReader): Promise<Probe> {
  try {
    return { endpoint, reader, identity: await readClusterIdentity(reader) };
  } catch (error) {
    if (error instanceof PvevmError) return { endpoint, error };
    throw error;
  }
}

/** Makes a check that has admitted nothing yet. */
export function createClusterCheck(): ClusterCheck {
  const verified = new Set<string>();
  let first: Exclude<Probe, { readonly error: PvevmError }> | undefined;
  return {
    reference: () => first?.endpoint,
    isVerified: (endpoint) => verified.has(endpoint),
    admit: async (probe) => {
      if ('error' in probe) return probe.error;
      first ??= probe;
      const { endpoint, identity } = probe;
      if (endpoint !== first.endpoint && !isSameCluster(first.identity, identity)) {
        const together = `${first.endpoint} and ${endpoint}`;
        if (isComparable(first.identity, identity)) throw await differentClusters(together, [first, probe]);
        return new PvevmError('IDENTITY', `it cannot be told whether ${together} are of one cluster`);
      }
      verified.add(endpoint);
      return undefined;
    },
  };
}

async function differentClusters(
  together: string,
  pair: readonly Exclude<Probe, { readonly error: PvevmError }>[],
): Promise<PvevmError> {
  const details: string[] = [];
  for (const { endpoint, reader, identity } of pair) {
    details.push(`${endpoint}: ${await describeCluster(reader, identity)}`);
  }
  return new PvevmError('IDENTITY', `cannot use ${together} together: they are of different clusters`, {
    details,
    hints: ['Give endpoints of one cluster only.'],
  });
}
