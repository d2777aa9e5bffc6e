import { heaviestEffect } from '../../../core/effect.ts';
import type { Json } from '../../../core/json.ts';
import type { LiveState } from '../../kind.ts';
import { decodeVm } from '../live.ts';
import { type Draft, TIMEOUTS } from '../steps.ts';
import { type DeviceChange, isMove } from './volume-change.ts';
import { deviceName, volumeIn } from './volumes.ts';

/** What a move asks for: the storage that the volume goes to, and its format where that changes. */
export interface Move {
  readonly key: string;
  /** The volume id of before. */
  readonly volume: string;
  readonly storage: string;
  readonly format: string | undefined;
}

/** The move of a drive's volume that its changes come to; undefined where it stays. */
export function moveOf(key: string, changes: DeviceChange['changes'], live: LiveState): Move | undefined {
  const moves = changes.filter(isMove);
  const text = live.current.get(key) ?? live.pending.get(key);
  const volume = volumeIn(key, text);
  if (moves.length === 0 || text === undefined || volume === undefined) return undefined;
  const wanted = (name: string): Json | undefined => moves.find((change) => change.path.endsWith(`.${name}`))?.after;
  const format = wanted('format');
  return {
    key,
    volume,
    storage: String(wanted('storage') ?? decodeVm(key, text)?.['storage'] ?? ''),
    format: typeof format === 'string' ? format : undefined,
  };
}

/**
 * The step that moves a disk to another storage or converts it; its options stay. The source is removed once the copy
 * is done, whoever owns it (qemu-server: PVE/API2/Qemu.pm, move_vm_disk).
 */
export function moveDrafts(path: string, { key, changes }: DeviceChange, live: LiveState): readonly Draft[] {
  const move = moveOf(key, changes, live);
  if (move === undefined) return [];
  const { volume, storage, format } = move;
  const isElsewhere = changes.some((change) => isMove(change) && change.path.endsWith('.storage'));
  const as = format === undefined ? '' : ` as ${format}`;
  const what = isElsewhere ? `move ${deviceName(key)} to ${storage}${as}` : `convert ${deviceName(key)} to ${format}`;
  return [
    {
      title: `${what}, then remove ${volume}`,
      effect: heaviestEffect(changes.filter(isMove).map((change) => change.effect)),
      request: {
        method: 'POST',
        path: `${path}/move_disk`,
        params: { disk: key, storage, ...(format === undefined ? {} : { format }), delete: 1 },
      },
      removes: [volume],
      await: { for: 'task', timeoutMs: TIMEOUTS.volume },
    },
  ];
}
