import type { JsonObject } from '../../../src/core/json.ts';

/** What a spec says; what Proxmox VE has, as a request that puts it there; and where the latter is known from. */
export type Pair = readonly [spec: string, live: JsonObject, source: string];

/** Pairs that are known from one place: a section of the semantics or a recording by version, file and line. */
export function from(source: string, pairs: readonly (readonly [spec: string, live: JsonObject])[]): readonly Pair[] {
  return pairs.map(([spec, live]) => [spec, live, source]);
}

export const MAC = 'BC:24:11:AA:BB:CC';

/** The request for a disk of 4 GiB with options, as in `,ssd=1`. */
export const disk = (options: string): JsonObject => ({ scsi0: `ceph-pool:4${options}` });

/** The request for a NIC with options, as in `,tag=5`. */
export const nic = (options: string): JsonObject => ({ net0: `virtio=${MAC},bridge=vmbr0${options}` });

/** A spec of one disk, and of one NIC. */
export const scsi0 = (text: string): string => `disks: { scsi0: { ${text} } }`;
export const net0 = (text: string): string => `network: { net0: { ${text} } }`;
