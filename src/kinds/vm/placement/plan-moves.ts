import type { Address } from '../../../core/address.ts';
import { type Diagnostic, hasErrors } from '../../../core/diagnostic.ts';
import type { JsonObject } from '../../../core/json.ts';
import { originOf, type Resource } from '../../../core/resource.ts';
import { MIB } from '../../../core/units.ts';
import type { MigrationPrecondition } from '../../../pve/migration.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { ManagedValue, Observation, PlanContext } from '../../kind.ts';
import { attributeField } from '../ha/registration.ts';
import type { FoundGuest, Located } from '../identity/found.ts';
import { liveState } from '../live.ts';
import { missingNode } from '../preflight/missing.ts';
import { holds } from '../preflight/privileges.ts';
import { beginMoves } from './begin-moves.ts';
import { absentStorages, localDisks, type MoveFacts, obstaclesOf } from './obstacles.ts';
import { rankedNodes } from './ranked-nodes.ts';
import { printStorageMap, targetStorages } from './target-storages.ts';
import { unreadMigration, unreadPrecondition } from './unread-precondition.ts';
import { isToLeave, writtenNodes } from './written-nodes.ts';

/** What bringing a guest to its node comes to. */
export interface Move {
  /** Undefined where no node can be told. */
  readonly movesTo?: NonNullable<Observation['movesTo']>;
  readonly values: readonly ManagedValue[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Says where a guest is to be brought; undefined where it stays. */
export type PlanMove = (resource: Resource, guest: FoundGuest) => Promise<Move | undefined>;

async function factsOfMove(
  resource: Resource,
  guest: FoundGuest,
  to: string,
  asked: MigrationPrecondition | undefined,
  { cluster }: PlanContext,
): Promise<MoveFacts> {
  const { node: from, vmid, running, config } = guest;
  const texts = liveState(config, running, new Map()).current;
  const storages = { here: await cluster.storagesOf(from), there: await cluster.storagesOf(to) };
  const precondition = asked ?? unreadPrecondition(texts, storages.here);
  const bridges = { here: await cluster.bridges(from), there: await cluster.bridges(to) };
  const registered = (await unlessRefused(cluster.haResources(), [])).find(({ sid }) => sid === `vm:${vmid}`);
  // pve-ha-manager: PVE/HA/Config.pm, service_is_ha_managed.
  const underHa = registered !== undefined && registered.state !== 'ignored';
  const snapshots = precondition.localVolumes.length === 0 ? [] : await cluster.snapshots(from, vmid);
  const storageMap = targetStorages(resource, texts, absentStorages({ texts, storages }), storages.there);
  return { vmid, from, to, running, underHa, texts, precondition, snapshots, storages, bridges, storageMap };
}

function paramsOf(facts: MoveFacts): JsonObject {
  const { running, storageMap, underHa } = facts;
  return {
    ...(running ? { online: 1 } : {}),
    // A stopped guest takes its disks along without a word; the HA manager asks for them itself (PVE/HA/Resources/PVEVM.pm).
    ...(running && !underHa && localDisks(facts).length > 0 ? { 'with-local-disks': 1 } : {}),
    ...(storageMap.size === 0 ? {} : { targetstorage: printStorageMap(storageMap) }),
  };
}

function problem(resource: Resource, found: Pick<Diagnostic, 'code' | 'summary' | 'detail'>): Diagnostic {
  const { text, range = resource.range } = originOf(resource, '/node');
  const detail = `node is ${writtenNodes(resource)?.join(' or ')} (${text}). ${found.detail}`;
  return { ...found, severity: 'error', detail, range, address: resource.address, pointer: '/node' };
}

/** The storages to which a migration brings volumes, and on which the token may not allocate them. */
async function refusedStorages({ storageMap }: MoveFacts, context: PlanContext): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const storage of storageMap.values())
    if (!(await context.cluster.holds(`/storage/${storage}`, 'Datastore.AllocateSpace'))) refused.push(storage);
  return refused;
}

async function problemsOf(resource: Resource, facts: MoveFacts, context: PlanContext): Promise<readonly Diagnostic[]> {
  const refused = await refusedStorages(facts, context);
  return [
    ...obstaclesOf(facts).map((obstacle) => problem(resource, obstacle)),
    ...refused.map((storage) =>
      problem(resource, {
        code: 'PERMISSION',
        summary: 'a privilege is missing',
        detail: `The disks go to ${storage}, which needs Datastore.AllocateSpace on /storage/${storage}, and ${context.user} does not hold it. Give it a role with that privilege there (PVEDatastoreUser has it).`,
      }),
    ),
  ];
}

/** The nodes that a document names, those that are online and have most free memory first; the others last. */
async function candidatesOf(
  nodes: readonly string[],
  planned: ReadonlyMap<string, number>,
  context: PlanContext,
): Promise<readonly string[]> {
  const online = (await context.cluster.resources()).nodes.filter((node) => node.online).map(({ node }) => node);
  const ranked = (await rankedNodes(context.cluster, planned)).filter((node) => nodes.includes(node));
  // Without Sys.Audit on /nodes nothing is known of memory: the document's own order has to do.
  const unranked = nodes.filter((node) => online.includes(node) && !ranked.includes(node));
  return [...ranked, ...unranked, ...nodes.filter((node) => !online.includes(node))];
}

/**
 * Plans, for guests that live elsewhere than their documents say and are to be migrated, where they go: of several nodes
 * the one with most free memory that nothing is in the way of. Memory that one guest takes counts for those after it.
 */
export function createMovePlanner(
  resources: readonly Resource[],
  located: ReadonlyMap<Address, Located>,
  context: PlanContext,
): PlanMove {
  beginMoves(resources, located, context);
  const planned = new Map<string, number>();
  return async (resource, guest) => {
    const nodes = writtenNodes(resource);
    if (nodes === undefined || !isToLeave(resource, guest.node)) return undefined;
    const origin = originOf(resource, '/node');
    const candidates = await candidatesOf(nodes, planned, context);
    const [first] = candidates;
    if (first === undefined) return undefined;
    const absent = await missingNode(resource, first, origin, context.cluster);
    if (absent !== undefined) return { values: [], diagnostics: [absent] };
    const value = (node: string): ManagedValue => ({
      path: 'node',
      key: 'node',
      field: { ...attributeField('node', 'string', 'L'), privilege: 'VM.Migrate' },
      value: node,
      origin: origin.text,
      builtIn: origin.builtIn,
      migrates: true,
    });
    // Without it nothing can be asked; the review says so.
    if (!(await holds(context, `/vms/${guest.vmid}`, resource.spec['pool'], 'VM.Migrate')))
      return { movesTo: { node: first, params: {} }, values: [value(first)], diagnostics: [] };
    const asked = await unlessRefused(context.cluster.migration(guest.node, guest.vmid), undefined);
    const unread = asked === undefined ? [unreadMigration(resource, guest.vmid, context)] : [];
    if (hasErrors(unread)) return { movesTo: { node: first, params: {} }, values: [value(first)], diagnostics: unread };
    let found: Move | undefined;
    for (const node of candidates) {
      if ((await missingNode(resource, node, origin, context.cluster)) !== undefined) continue;
      const facts = await factsOfMove(resource, guest, node, asked, context);
      const problems = await problemsOf(resource, facts, context);
      const diagnostics = [...problems, ...unread];
      const move = { movesTo: { node, params: paramsOf(facts) }, values: [value(node)], diagnostics };
      found ??= move;
      if (problems.length > 0) continue;
      found = move;
      break;
    }
    const to = found?.movesTo?.node ?? first;
    const mebibytes = Number(
      /^(?:current=)?(\d+)/.exec(String(guest.config.items.get('memory')?.value ?? ''))?.[1] ?? 512,
    );
    planned.set(to, (planned.get(to) ?? 0) + mebibytes * MIB);
    return found;
  };
}
