import { PvevmError } from '../../core/error.ts';
import { isObject } from '../../core/json.ts';
import type { ClusterView } from '../../pve/cluster.ts';
import { FACT_VERSIONS } from '../../pve/facts/load-facts.ts';
import type { PveReader } from '../../pve/reader.ts';
import type { DoctorCheck } from '../../report/doctor-text.ts';

const NEWEST = FACT_VERSIONS[0] ?? '';
const OLDEST = FACT_VERSIONS.at(-1) ?? '';
const SKEW_LIMIT_S = 300;

function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

/** The newest version with API facts that is not newer than the server; the oldest where the server is older than all. */
export function nearestFactVersion(version: string): (typeof FACT_VERSIONS)[number] {
  const known = FACT_VERSIONS.find((candidate) => compareVersions(candidate, version) <= 0);
  return known ?? (FACT_VERSIONS.at(-1) as (typeof FACT_VERSIONS)[number]);
}

/** Whether pvevm knows the server's version. */
export function versionCheck(version: string): DoctorCheck {
  const name = 'version';
  const range = `pvevm knows ${OLDEST} to ${NEWEST}`;
  const summary = `Proxmox VE ${version} (${range})`;
  if (compareVersions(version, OLDEST) < 0) {
    const remedies = [`Upgrade the cluster to ${OLDEST} or newer: what pvevm plans may not be what this one does.`];
    return {
      name,
      state: 'problem',
      summary: `Proxmox VE ${version} is too old: ${range}`,
      code: 'IMPOSSIBLE',
      remedies,
    };
  }
  if (compareVersions(version, NEWEST) <= 0) return { name, state: 'ok', summary };
  return {
    ...{
      name,
      state: 'warning',
      summary: `Proxmox VE ${version} is newer than what ${range.replace('pvevm knows', 'pvevm knows:')}`,
    },
    remedies: ['Look for a newer pvevm. Read plans with --show-requests before applying them.'],
  };
}

/** The cluster that the endpoints lead to. */
export async function clusterCheck(view: ClusterView, endpoints: number): Promise<DoctorCheck> {
  const name = 'cluster';
  const { name: cluster, quorate, nodes } = await view.clusterStatus();
  const what = cluster === null ? 'a single node, no cluster' : `${cluster}, ${nodes.length} nodes`;
  const summary = endpoints > 1 ? `${what}; all endpoints that answer lead to it` : what;
  const offline = nodes.filter(({ online }) => !online).map((node) => node.name);
  const details = offline.length === 0 ? [] : [`offline: ${offline.join(', ')}`];
  if (quorate) return { name, state: offline.length === 0 ? 'ok' : 'warning', summary, details };
  return {
    ...{ name, state: 'warning', summary: `${what}, without quorum`, details },
    remedies: ['Nothing can be changed until most nodes are online: look at pvecm status on a node.'],
  };
}

/** Each node's clock against this machine's, in seconds; the answer's way is taken for half of its time. */
async function skewOf(reader: PveReader, node: string, now: () => number): Promise<number | undefined> {
  const before = now();
  const data = await reader.get('/nodes/{node}/time', { path: { node } });
  const here = (before + now()) / 2000;
  const time = isObject(data) ? Number(data['time']) : Number.NaN;
  return Number.isFinite(time) ? Math.round(time - here) : undefined;
}

function skewText(seconds: number): string {
  if (Math.abs(seconds) < 2) return 'agrees';
  return `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`;
}

interface NodeClock {
  readonly node: string;
  /** How many seconds it is ahead of this machine; undefined where it did not tell. */
  readonly seconds?: number;
  /** Why it did not. */
  readonly why?: string;
}

async function nodeClock(reader: PveReader, node: string, now: () => number): Promise<NodeClock> {
  try {
    const seconds = await skewOf(reader, node, now);
    return seconds === undefined ? { node, why: 'it gave no time' } : { node, seconds };
  } catch (error) {
    // A node that is just going down must not hide the others.
    if (error instanceof PvevmError) return { node, why: error.message };
    throw error;
  }
}

function lineOf({ node, seconds, why = '' }: NodeClock): string {
  return `${node}: ${seconds === undefined ? why : skewText(seconds)}`;
}

/**
 * The clocks of the online nodes against this machine's. More than five minutes are a warning: a ticket is valid by the
 * clock of the node that judges it (pve-access-control: PVE/AccessControl.pm, verify_ticket). Skipped where no node
 * tells its time, which takes Sys.Audit on it.
 */
export async function clockCheck(view: ClusterView, reader: PveReader, now: () => number): Promise<DoctorCheck> {
  const name = 'clock';
  const { nodes } = await view.resources();
  const clocks: NodeClock[] = [];
  for (const { node } of nodes.filter(({ online }) => online)) clocks.push(await nodeClock(reader, node, now));
  const skews = clocks.flatMap(({ seconds }) => seconds ?? []);
  const [first] = clocks;
  if (skews.length === 0) return { name, state: 'skipped', summary: first?.why ?? 'no node is online' };
  const widest = Math.max(...skews.map(Math.abs));
  const between = Math.max(...skews) - Math.min(...skews);
  if (widest <= SKEW_LIMIT_S && between <= SKEW_LIMIT_S) {
    const most = widest < 2 ? 'agree with this machine' : `differ from this machine by ${widest} s at most`;
    const silent = clocks.filter(({ seconds }) => seconds === undefined).map(lineOf);
    const summary = `the clocks of ${skews.length} node${skews.length === 1 ? '' : 's'} ${most}`;
    return { name, state: 'ok', summary, details: silent };
  }
  const where =
    between > SKEW_LIMIT_S ? 'the clocks of the nodes differ' : "the nodes' clocks differ from this machine's";
  return {
    ...{ name, state: 'warning', summary: `${where} by ${Math.max(widest, between)} s`, details: clocks.map(lineOf) },
    remedies: ['Set the clocks right (chronyc tracking): logins are valid by the clocks of the nodes.'],
  };
}
