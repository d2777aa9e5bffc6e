import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { asUnsent } from '../connection/network-error.ts';
import type { Outgoing, Transport } from '../connection/transport.ts';
import type { PveReader } from '../reader.ts';
import { fillPath } from '../request.ts';
import { retryRead } from '../retry.ts';
import { untilAborted } from '../until-aborted.ts';
import { type ClusterCheck, createClusterCheck, type Probe, probeEndpoint } from './cluster-check.ts';
import { mayAnotherAnswer, mayLogInElsewhere, wasNotSent } from './failover.ts';

/** The endpoints of one cluster, of which one is in use at a time. */
export interface Endpoints {
  /** The one in use now. */
  readonly current: string;
  /** Sends a signed request, to another endpoint of the same cluster where this one is down. */
  send(outgoing: Outgoing): Promise<unknown>;
  /** Sends a request that needs no login, once, to the first endpoint that takes it. */
  sendUnsigned(outgoing: Outgoing): Promise<unknown>;
}

interface Failure {
  readonly endpoint: string;
  readonly error: PvevmError;
}

// A node that takes longer to name its cluster is of no use; longer than the 3 s by which a 401 is delayed.
const PROBE_TIMEOUT_MS = 10_000;

/**
 * The endpoints in the order in which they are tried. With several, each that answers is asked for its cluster before
 * the first request, and one that was down before it is used: throws `IDENTITY` where two are of different clusters,
 * and `CONNECT` where all are down. With one endpoint nothing is asked.
 */
export function createEndpoints(
  addresses: readonly [string, ...string[]],
  transport: Transport,
  clock: Clock,
): Endpoints {
  let current: string = addresses[0];
  let choosing: Promise<void> | undefined;
  let isChosen = false;
  let check: ClusterCheck = createClusterCheck();

  const sendTo = (endpoint: string, outgoing: Outgoing): Promise<unknown> => {
    const send = (): Promise<unknown> => transport.send(endpoint, outgoing);
    return outgoing.method === 'GET' ? retryRead(send, clock, outgoing.signal) : send();
  };

  const readerOf = (endpoint: string, { headers, secrets, login }: Outgoing): PveReader => ({
    get: (path, { path: values } = {}) =>
      transport.send(endpoint, {
        method: 'GET',
        path: fillPath(path, values),
        query: '',
        headers,
        secrets,
        ...(login === undefined ? {} : { login }),
        timeoutMs: PROBE_TIMEOUT_MS,
      }),
  });

  const probe = (endpoint: string, signed: Outgoing): Promise<Probe> =>
    probeEndpoint(endpoint, readerOf(endpoint, signed));

  const choose = async (signed: Outgoing): Promise<void> => {
    check = createClusterCheck();
    const failures: Failure[] = [];
    // Asked side by side, since one that is down takes seconds; a probe never rejects for what a server does.
    const probes = addresses.map((endpoint) => probe(endpoint, signed));
    for (const pending of probes) {
      const found = await pending;
      const error = await check.admit(found);
      if (error !== undefined) failures.push({ endpoint: found.endpoint, error });
    }
    const fatal = failures.find(({ error }) => !mayAnotherAnswer(error) && error.code !== 'IDENTITY');
    const accepting = check.reference();
    if (fatal !== undefined) throw accepting === undefined ? fatal.error : refusedBy(fatal, accepting);
    const usable = addresses.find(check.isVerified);
    if (usable === undefined) throw cannotReach(addresses.length, failures);
    current = usable;
    isChosen = true;
  };

  const chosen = async (signed: Outgoing): Promise<void> => {
    if (isChosen) return;
    choosing ??= choose(signed).finally(() => {
      choosing = undefined;
    });
    await untilAborted(choosing, signed.signal);
  };

  /** The next endpoint that is of the same cluster and was not tried; undefined where none is left. */
  const nextAfter = async (
    tried: readonly string[],
    signed: Outgoing,
    failures: Failure[],
  ): Promise<string | undefined> => {
    // Another request may have moved on already.
    if (!tried.includes(current)) return current;
    for (const endpoint of addresses) {
      if (tried.includes(endpoint) || failures.some((failure) => failure.endpoint === endpoint)) continue;
      const error = check.isVerified(endpoint) ? undefined : await check.admit(await probe(endpoint, signed));
      if (error === undefined) {
        current = endpoint;
        return endpoint;
      }
      if (!mayAnotherAnswer(error) && error.code !== 'IDENTITY') throw error;
      failures.push({ endpoint, error });
    }
    return undefined;
  };

  const isSole = addresses.length === 1;
  return {
    get current() {
      return current;
    },
    send: async (outgoing) => {
      if (isSole) return sendTo(current, outgoing);
      await chosen(outgoing);
      const tried: string[] = [];
      const failures: Failure[] = [];
      for (let at: string | undefined = current; at !== undefined; at = await nextAfter(tried, outgoing, failures)) {
        try {
          return await sendTo(at, outgoing);
        } catch (error) {
          if (!(error instanceof PvevmError) || !(wasNotSent(error) || isReadElsewhere(outgoing, error))) throw error;
          tried.push(at);
          failures.push({ endpoint: at, error });
        }
      }
      throw cannotReach(addresses.length, failures);
    },
    sendUnsigned: async (outgoing) => {
      const usable = isChosen ? addresses.filter(check.isVerified) : addresses;
      const failures: Failure[] = [];
      for (const endpoint of [current, ...usable.filter((other) => other !== current)]) {
        try {
          const answer = await transport.send(endpoint, outgoing);
          current = endpoint;
          return answer;
        } catch (error) {
          if (isSole || !(error instanceof PvevmError) || !mayLogInElsewhere(error)) throw error;
          failures.push({ endpoint, error });
        }
      }
      throw cannotReach(addresses.length, failures);
    },
  };
}

function isReadElsewhere({ method, path }: Outgoing, error: PvevmError): boolean {
  return method === 'GET' && mayAnotherAnswer(error, path);
}

function cannotReach(count: number, failures: readonly Failure[]): PvevmError {
  return new PvevmError('CONNECT', `cannot reach any of the ${count} endpoints`, {
    // A write that an endpoint may have seen is not sent to another one.
    cause: asUnsent(new Error('no endpoint took the request')),
    details: failures.map(
      ({ endpoint, error }) =>
        `${endpoint}: ${error.message.replace(/^cannot (?:read|post to|write|delete) \S+: /, '')}`,
    ),
    hints: ['Check the endpoints; Proxmox VE listens on port 8006.'],
  });
}

function refusedBy({ endpoint, error }: Failure, accepting: string): PvevmError {
  if (error.code !== 'AUTHENTICATION') return error;
  return new PvevmError(
    'AUTHENTICATION',
    `cannot use ${accepting} and ${endpoint} together: the second refuses the login that the first accepts`,
    {
      cause: error,
      hints: ['Give endpoints of one cluster only: a login of one cluster is unknown to another.'],
    },
  );
}
