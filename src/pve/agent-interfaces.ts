import { isObject } from '../core/json.ts';

/** A network interface as the agent in a guest shows it. */
export interface SeenInterface {
  readonly name: string;
  /** In lower case. */
  readonly mac: string;
  readonly addresses: readonly string[];
}

/** Decodes the answer of `agent/network-get-interfaces`; what has another shape is left out, since a guest wrote it. */
export function interfacesIn(answer: unknown): readonly SeenInterface[] {
  const rows = isObject(answer) && Array.isArray(answer['result']) ? (answer['result'] as readonly unknown[]) : [];
  return rows.filter(isObject).map((row) => {
    const { name, 'hardware-address': mac, 'ip-addresses': list } = row as Readonly<Record<string, unknown>>;
    const addresses = (Array.isArray(list) ? (list as readonly unknown[]) : [])
      .filter(isObject)
      .map((address) => String(address['ip-address'] ?? ''));
    return { name: String(name ?? ''), mac: String(mac ?? '').toLowerCase(), addresses };
  });
}

/** Whether others can reach an address: it is neither of the loopback nor of the link alone. */
export function isReachable(address: string): boolean {
  return address !== '' && !/^(127\.|169\.254\.|::1?$|fe[89ab][0-9a-f]:)/i.test(address);
}

/** The MAC address in a network interface's config value, as in `virtio=BC:24:11:00:00:01,bridge=vmbr0`; in lower case. */
export function macIn(text: string): string | undefined {
  return /(?:^|,)[a-z0-9-]+=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?:,|$)/i.exec(text)?.[1]?.toLowerCase();
}
