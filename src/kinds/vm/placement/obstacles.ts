import type { ErrorCode } from '../../../core/error.ts';
import type { NodeStorage } from '../../../pve/cluster-rows.ts';
import type { MigrationPrecondition } from '../../../pve/migration.ts';
import { ownerOf, storageOf, volumeIn } from '../disks/volumes.ts';
import { isVolumeKey, storedParts } from '../live.ts';

/** What is known of a guest and of the node that it is to be brought to. */
export interface MoveFacts {
  readonly vmid: number;
  readonly from: string;
  readonly to: string;
  readonly running: boolean;
  /** Whether the HA manager does it, which takes no map of storages. */
  readonly underHa: boolean;
  /** Its config, as text by key. */
  readonly texts: ReadonlyMap<string, string>;
  readonly precondition: MigrationPrecondition;
  readonly snapshots: readonly string[];
  readonly storages: { readonly here: readonly NodeStorage[]; readonly there: readonly NodeStorage[] };
  readonly bridges: { readonly here: readonly string[]; readonly there: readonly string[] };
  /** Where volumes go whose storage the node lacks. */
  readonly storageMap: ReadonlyMap<string, string>;
}

/** Why a guest cannot be brought to a node. */
export interface Obstacle {
  readonly code: ErrorCode;
  readonly summary: string;
  readonly detail: string;
}

/** Volume id by config key; empty drives and paths of the host are left out. */
export function volumesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, text] of texts) {
    const volume = isVolumeKey(key) || /^unused\d+$/.test(key) ? volumeIn(key, text) : undefined;
    if (volume !== undefined && storageOf(volume) !== undefined) found.set(key, volume);
  }
  return found;
}

/** The storages of a guest that its new node lacks: those that its present one shows, and the new one does not. */
export function absentStorages({ texts, storages }: Pick<MoveFacts, 'texts' | 'storages'>): ReadonlySet<string> {
  const has = (rows: readonly NodeStorage[], name: string): boolean => rows.some(({ storage }) => storage === name);
  const used = [...volumesOf(texts).values()].map((volume) => storageOf(volume) ?? '');
  return new Set(used.filter((name) => has(storages.here, name) && !has(storages.there, name)));
}

const isCloudInit = (volid: string): boolean => /[:/](?:vm-\d+-)?cloudinit(?:\.[a-z0-9]+)?$/.test(volid);

/** The disks on storages that are not shared, by config key; a running guest takes those along only where that is asked for. */
export function localDisks({ texts, precondition }: Pick<MoveFacts, 'texts' | 'precondition'>): readonly string[] {
  const local = new Set(precondition.localVolumes.filter(({ cdrom }) => !cdrom).map(({ volid }) => volid));
  return [...volumesOf(texts)]
    .filter(([key, volid]) => isVolumeKey(key) && local.has(volid) && !isCloudInit(volid))
    .map(([key]) => key);
}

function storageObstacles(facts: MoveFacts): readonly Obstacle[] {
  const { vmid, to, running, underHa, storageMap, storages } = facts;
  const typeIn = (rows: readonly NodeStorage[], name: string): string | undefined =>
    rows.find((row) => row.storage === name)?.type;
  const volumes = [...volumesOf(facts.texts)];
  return [...absentStorages(facts)].sort().flatMap((storage): readonly Obstacle[] => {
    const target = storageMap.get(storage);
    const keys = volumes
      .filter(([, volume]) => storageOf(volume) === storage)
      .map(([key]) => key)
      .join(', ');
    const what = `${keys} of guest ${vmid} is on ${storage}, which ${to} does not have`;
    const code = 'MISSING';
    const summary = 'the new node lacks a storage';
    if (target === undefined)
      return [
        {
          code,
          summary,
          detail: `${what}. Write the storage that the disks are to go to, or move them to one that both nodes have before.`,
        },
      ];
    const types = [typeIn(storages.here, storage), typeIn(storages.there, target)];
    // pve-storage: PVE/Storage/ZFSPoolPlugin.pm, volume_export_formats: only as a stream of ZFS; QEMU itself copies any.
    if (!underHa && !running && types[0] !== types[1] && types.includes('zfspool')) {
      const detail = `${what}, and the disks of a stopped guest cannot go from ${storage} (${types[0]}) to ${target} (${types[1]}). Start the guest and apply again, or move ${keys} to a storage that both nodes have before.`;
      return [{ code: 'IMPOSSIBLE', summary: 'the storages do not fit each other', detail }];
    }
    if (!underHa) return [];
    return [
      {
        code,
        summary,
        detail: `${what}, and a guest under HA keeps its storages when it is migrated. Move ${keys} to one that both nodes have before.`,
      },
    ];
  });
}

function bridgeObstacles({ vmid, to, texts, bridges }: MoveFacts): readonly Obstacle[] {
  return [...texts].flatMap(([key, text]): readonly Obstacle[] => {
    const bridge = /^net\d+$/.test(key) ? storedParts(key, text)?.['bridge'] : undefined;
    if (bridge === undefined || !bridges.here.includes(bridge) || bridges.there.includes(bridge)) return [];
    const detail = `${key} of guest ${vmid} is on ${bridge}, which ${to} does not have. Make that bridge on ${to}, or put ${key} on one that both nodes have before.`;
    return [{ code: 'MISSING', summary: 'the new node lacks a bridge', detail }];
  });
}

function deviceObstacles({ vmid, from, running, underHa, precondition }: MoveFacts): readonly Obstacle[] {
  const { localDevices, fixedDevices } = precondition;
  const code = 'IMPOSSIBLE';
  const summary = 'a device of the node cannot be taken along';
  const local: readonly Obstacle[] =
    // The HA manager forces it for a guest that is stopped (pve-ha-manager: PVE/HA/Resources/PVEVM.pm, migrate).
    localDevices.length === 0 || (underHa && !running)
      ? []
      : [
          {
            code,
            summary,
            detail: `Guest ${vmid} has ${localDevices.join(', ')}, which ${localDevices.length === 1 ? 'is' : 'are'} ${from}’s own. Remove that from the guest before, or map the device for all nodes.`,
          },
        ];
  if (!running || fixedDevices.length === 0) return local;
  const detail = `Guest ${vmid} runs with ${fixedDevices.join(', ')}, which cannot move while it runs. Shut it down, and apply again.`;
  return [...local, { code, summary, detail }];
}

function volumeObstacles(facts: MoveFacts): readonly Obstacle[] {
  const { vmid, from, texts, precondition, running, snapshots, storages } = facts;
  const keyOf = (volid: string): string =>
    [...volumesOf(texts)].find(([, volume]) => volume === volid)?.[0] ?? 'a snapshot';
  const found: Obstacle[] = [];
  for (const { volid, cdrom } of precondition.localVolumes) {
    const key = keyOf(volid);
    // What cloud-init reads is made anew.
    if (isCloudInit(volid)) continue;
    const base = /[:/]((?:\d+\/)?base-\d+-[^/]+)\//.exec(volid)?.[1];
    if (cdrom) {
      const detail = `${key} of guest ${vmid} holds ${volid}, and ${storageOf(volid)} is not shared. Take the medium out before: os: { media: none }.`;
      found.push({ code: 'IMPOSSIBLE', summary: 'a medium is on the node alone', detail });
    } else if (base !== undefined) {
      const detail = `${key} of guest ${vmid} is a linked clone of ${base} on ${from}. Move it to a shared storage before, which makes it a disk of its own.`;
      found.push({ code: 'IMPOSSIBLE', summary: 'a linked clone cannot leave its node', detail });
    } else if (ownerOf(volid) !== vmid) {
      const detail = `${key} of guest ${vmid} is ${volid}, which is not its own${ownerOf(volid) === undefined ? '' : ` but guest ${ownerOf(volid)}’s`}, and ${storageOf(volid)} is not shared. Detach it before.`;
      found.push({ code: 'IMPOSSIBLE', summary: 'a volume of another guest cannot be taken along', detail });
    } else if (snapshots.length > 0) {
      const type = storages.here.find(({ storage }) => storage === storageOf(volid))?.type;
      if (!running && (type === 'zfspool' || volid.endsWith('.qcow2'))) continue;
      const detail = `${key} of guest ${vmid} is on ${storageOf(volid)}, which is not shared, and has snapshots: ${snapshots.join(', ')}. Remove them before${running ? ', or shut the guest down where its storage can send them' : ''}.`;
      found.push({ code: 'IMPOSSIBLE', summary: 'snapshots cannot be taken along', detail });
    }
  }
  return found;
}

/**
 * Why a guest cannot be brought to a node; empty where nothing is known to stand in the way (qemu-server:
 * PVE/QemuMigrate.pm, prepare and scan_local_volumes).
 */
export function obstaclesOf(facts: MoveFacts): readonly Obstacle[] {
  const { precondition, to, vmid } = facts;
  // Storages that the token may see are looked at by themselves.
  const absent = new Set([...absentStorages(facts)].map((storage) => `storage ${storage}`));
  const refusals = (precondition.refusals.get(to) ?? []).filter((reason) => !absent.has(reason));
  const refused: readonly Obstacle[] =
    refusals.length === 0
      ? []
      : [
          {
            code: 'IMPOSSIBLE',
            summary: 'the guest cannot go to the node',
            detail: `Proxmox VE says that guest ${vmid} cannot go to ${to}: ${refusals.join(', ')}.`,
          },
        ];
  const suspended: readonly Obstacle[] =
    facts.texts.get('lock') !== 'suspended'
      ? []
      : [
          {
            code: 'IMPOSSIBLE',
            summary: 'the guest is suspended to disk',
            detail: `Guest ${vmid} is suspended to disk, and Proxmox VE migrates none that is. Start it before.`,
          },
        ];
  return [
    ...suspended,
    ...storageObstacles(facts),
    ...bridgeObstacles(facts),
    ...deviceObstacles(facts),
    ...volumeObstacles(facts),
    ...refused,
  ];
}
