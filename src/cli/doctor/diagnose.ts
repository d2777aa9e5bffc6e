import type { Clock } from '../../core/clock.ts';
import { PvevmError } from '../../core/error.ts';
import { createPveClient } from '../../pve/client.ts';
import { type ClusterView, createClusterView } from '../../pve/cluster.ts';
import { type ProxySettings, proxyFor, proxyFromEnvironment } from '../../pve/connection/proxy.ts';
import type { PveClient } from '../../pve/reader.ts';
import { unlessRefused } from '../../pve/refused.ts';
import type { DoctorCheck, DoctorReport } from '../../report/doctor-text.ts';
import { connect } from '../connect.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { projectHere } from '../project-here.ts';
import {
  type ConnectionSettings,
  connectionSettings,
  type SettingsCandidate,
  settingsCandidates,
} from '../settings/connection-settings.ts';
import type { SettingsIo } from '../settings/family.ts';
import { failedCheck, runCheck, skippedChecks } from './check.ts';
import { findPrivileges } from './privilege-checks.ts';
import { endpointsCheck, proxyCheck, type ReachedEndpoint, reachEndpoints, tlsCheck } from './reach-checks.ts';
import { clockCheck, clusterCheck, versionCheck } from './server-checks.ts';
import { candidateLines, settingsCheck } from './settings-check.ts';

/** Facts of the cluster that help to understand a report. */
export interface ClusterFacts {
  /** Absent where it is a single node. */
  readonly name?: string;
  readonly version?: string;
  readonly nodes?: readonly string[];
  readonly storageTypes?: readonly string[];
}

/** What `pvevm doctor` found, and what a diagnostics file needs besides. */
export interface Diagnosis {
  readonly report: DoctorReport;
  readonly candidates: readonly SettingsCandidate[];
  readonly cluster: ClusterFacts;
  readonly endpoints: readonly string[];
  readonly user: string | undefined;
  /** Whom certificates and the proxy name. */
  readonly names: { readonly hosts: readonly string[]; readonly authorities: readonly string[] };
}

const NO_NAMES: Diagnosis['names'] = { hosts: [], authorities: [] };

/** Where a diagnosis takes place. `now` is milliseconds since 1970, by this machine. */
export interface DoctorScope {
  readonly io: SettingsIo;
  readonly clock: Clock;
  now(): number;
}

const SERVER_CHECKS = ['authentication', 'version', 'cluster', 'clock', 'plan', 'apply'];
const REACH_CHECKS = ['proxy', 'endpoints', 'tls'];

/** The check that a failure of the first request belongs to; those after it cannot run. */
function blamed(error: unknown): string {
  const code = error instanceof PvevmError ? error.code : undefined;
  if (code === 'TLS') return 'tls';
  if (code === 'CONNECT' || code === 'TIMEOUT') return 'endpoints';
  if (code === 'IDENTITY' || code === 'CONFIG') return 'cluster';
  return code === 'AUTHENTICATION' || code === 'PERMISSION' ? 'authentication' : 'version';
}

async function clusterFacts(view: ClusterView, version: string): Promise<ClusterFacts> {
  const { nodes, storages } = await view.resources();
  const types = [...new Set(storages.map(({ plugintype }) => plugintype))].sort();
  const status = await unlessRefused(view.clusterStatus(), undefined);
  const name = status?.name ?? undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...{ version, nodes: nodes.map(({ node }) => node), storageTypes: types },
  };
}

interface ServerFindings extends DoctorReport {
  readonly cluster: ClusterFacts;
  /** The name of the check that the first request failed, if it did. */
  readonly failed?: string;
}

async function checkServer(
  client: PveClient,
  how: string,
  endpoints: number,
  { now }: DoctorScope,
): Promise<ServerFindings> {
  const view = createClusterView(client);
  let version: string;
  try {
    version = (await view.version()).version;
  } catch (error) {
    const name = blamed(error);
    const failed = failedCheck(name, error);
    const rest = SERVER_CHECKS.filter((other) => other !== name);
    return {
      checks: [failed, ...skippedChecks(rest, `since ${name} failed`)],
      privileges: [],
      cluster: {},
      failed: name,
    };
  }
  const checks: DoctorCheck[] = [
    { name: 'authentication', state: 'ok', summary: `${client.user}, by ${how}` },
    versionCheck(version),
    await runCheck('cluster', () => clusterCheck(view, endpoints)),
    await runCheck('clock', () => clockCheck(view, client, now)),
  ];
  const cluster = await unlessRefused(clusterFacts(view, version), { version });
  try {
    const { rows, checks: found } = await findPrivileges(client, client.user, version);
    return { checks: [...checks, ...found], privileges: rows, cluster };
  } catch (error) {
    const failed = [failedCheck('plan', error), ...skippedChecks(['apply'], 'since plan failed')];
    return { checks: [...checks, ...failed], privileges: [], cluster };
  }
}

function wayOf({ type }: ConnectionSettings['credentials']): string {
  return type === 'token' ? 'API token' : type;
}

async function diagnoseSandbox(options: ConnectionOptions, scope: DoctorScope): Promise<Diagnosis> {
  const connection = await connect(options, scope.io, scope.clock, () => undefined);
  try {
    const { checks, privileges, cluster } = await checkServer(connection.client, 'API token', 1, scope);
    const settings: DoctorCheck = { name: 'settings', state: 'ok', summary: connection.label };
    const skipped = skippedChecks(REACH_CHECKS, 'the sandbox is on this machine');
    const report = { checks: [settings, ...skipped, ...checks], privileges };
    const { endpoint, user } = connection.client;
    return { report, candidates: [], cluster, endpoints: [endpoint], user, names: NO_NAMES };
  } finally {
    await connection.close();
  }
}

/** The way to the server; a failure leaves nothing to go on with. */
async function reach(
  { endpoints, trust }: ConnectionSettings,
  { io, clock, now }: DoctorScope,
): Promise<{ readonly checks: readonly DoctorCheck[]; readonly reached: readonly ReachedEndpoint[] }> {
  const proxy = proxyFromEnvironment(io.env);
  const checks: DoctorCheck[] = [proxyCheck(endpoints, proxy)];
  const reached = await reachEndpoints(endpoints, proxy, clock);
  return { checks: [...checks, endpointsCheck(reached), tlsCheck(reached, trust, now())], reached };
}

function namesOf(reached: readonly ReachedEndpoint[], proxy: ProxySettings): Diagnosis['names'] {
  const certificates = reached.flatMap(({ certificate }) => certificate ?? []);
  const proxies = reached.flatMap(({ endpoint }) => proxyFor(endpoint, proxy)?.shown ?? []);
  return {
    hosts: [
      ...proxies.map((shown) => new URL(shown).hostname.replace(/^\[|\]$/g, '')),
      ...certificates.flatMap(({ names }) => names),
    ],
    authorities: certificates.map(({ issuer }) => issuer),
  };
}

async function diagnoseServer(
  settings: ConnectionSettings,
  candidates: readonly SettingsCandidate[],
  scope: DoctorScope,
): Promise<Diagnosis> {
  const { endpoints, credentials, trust } = settings;
  const first = settingsCheck(settings, candidates);
  const proxy = proxyFromEnvironment(scope.io.env);
  let client: PveClient | undefined;
  try {
    client = createPveClient({ endpoint: endpoints, credentials, trust, proxy, clock: scope.clock });
    const way = await reach(settings, scope);
    const server = await checkServer(client, wayOf(credentials), endpoints.length, scope);
    // What the first request says of the way is nearer to the truth than a bare handshake.
    const replaced = server.checks.find(({ name }) => REACH_CHECKS.includes(name));
    const wayChecks = way.checks.map((check) => (check.name === replaced?.name ? { ...check, ...replaced } : check));
    const unreached = way.reached.every(({ certificate }) => certificate === undefined);
    const shown = wayChecks.map((check) =>
      unreached && check.name === 'tls' && check !== replaced && replaced?.name !== 'tls'
        ? { name: 'tls', state: 'skipped' as const, summary: 'since no endpoint answers' }
        : check,
    );
    const checks = [first, ...shown, ...server.checks.filter((check) => check !== replaced)];
    const report = { checks, privileges: server.privileges };
    const names = namesOf(way.reached, proxy);
    return { report, candidates, cluster: server.cluster, endpoints, user: client.user, names };
  } catch (error) {
    // A token, endpoint, proxy or fingerprint that is none.
    const failed = failedCheck('settings', error);
    const checks = [
      { ...failed, details: [...(failed.details ?? []), ...candidateLines(candidates)] },
      ...skippedChecks([...REACH_CHECKS, ...SERVER_CHECKS], 'since settings failed'),
    ];
    return {
      ...{ report: { checks, privileges: [] }, candidates, cluster: {}, endpoints, user: undefined },
      names: NO_NAMES,
    };
  } finally {
    await client?.close();
  }
}

/** Looks at everything between the settings and what the user may do, and says what it found. Only reads. */
export async function diagnose(options: ConnectionOptions, scope: DoctorScope): Promise<Diagnosis> {
  if (options.sandbox !== undefined) return diagnoseSandbox(options, scope);
  const project = await projectHere(scope.io.cwd);
  const candidates = await settingsCandidates(options, scope.io, project);
  let settings: ConnectionSettings;
  try {
    settings = await connectionSettings(options, scope.io, project);
  } catch (error) {
    const failed = { ...failedCheck('settings', error), details: candidateLines(candidates) };
    const skipped = skippedChecks([...REACH_CHECKS, ...SERVER_CHECKS], 'since settings failed');
    return {
      report: { checks: [failed, ...skipped], privileges: [] },
      candidates,
      cluster: {},
      endpoints: [],
      user: undefined,
      names: NO_NAMES,
    };
  }
  return diagnoseServer(settings, candidates, scope);
}
