import { failure } from './api-error.ts';
import { digestOfText } from './digest.ts';
import { firewallFile } from './files/firewall-file.ts';
import type { StateFolder } from './files/state-folder.ts';
import { formatGuestConfig, parseGuestConfig } from './guest-config-file.ts';
import type { ContainerEntry, GuestEntry, GuestStore } from './host.ts';

/** The guests of all nodes, and what else the sandbox asks of them. */
export interface SandboxGuests extends GuestStore {
  /** Reads all config files again. */
  load(): void;
  /** When each running guest started, to be written to the state's file. */
  power(): Readonly<Record<string, number>>;
}

/** What the guests need. */
export interface GuestsOptions {
  readonly folder: StateFolder;
  nodes(): Iterable<string>;
  readonly power: Readonly<Record<string, number>>;
  /** Called when a guest is written, started, stopped (`entry`), or removed (`undefined`). */
  onChange(vmid: number, entry: GuestEntry | undefined): void;
}

const pathOf = (node: string, vmid: number): string => `nodes/${node}/qemu-server/${vmid}.conf`;

/** Guests whose config files stand in the folder, as in `/etc/pve`. */
export function createGuests(options: GuestsOptions): SandboxGuests {
  const { folder } = options;
  const entries = new Map<number, GuestEntry>();
  const containers = new Map<number, ContainerEntry>();
  const started = new Map(Object.entries(options.power).map(([vmid, at]) => [Number(vmid), at]));
  const entryOf = (vmid: number, node: string, text: string): GuestEntry => ({
    vmid,
    node,
    config: parseGuestConfig(text),
    digest: digestOfText(text),
  });
  return {
    get: (vmid) => entries.get(vmid),
    containers: () => [...containers.values()],
    isTaken: (vmid) => entries.has(vmid) || containers.has(vmid),
    list: (node) =>
      [...entries.values()]
        .filter((entry) => node === undefined || entry.node === node)
        .sort((left, right) => left.vmid - right.vmid),
    write(vmid, node, config) {
      const previous = entries.get(vmid);
      // pmxcfs refuses a second config file of one id anywhere in the cluster.
      if (previous !== undefined && previous.node !== node) {
        throw failure(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${previous.node}'`);
      }
      const container = containers.get(vmid);
      if (container !== undefined) {
        throw failure(`unable to create VM ${vmid} - CT ${vmid} already exists on node '${container.node}'`);
      }
      const text = formatGuestConfig(config);
      folder.write(pathOf(node, vmid), text);
      const entry = entryOf(vmid, node, text);
      entries.set(vmid, entry);
      options.onChange(vmid, entry);
      return entry;
    },
    remove(vmid) {
      const entry = entries.get(vmid);
      if (entry === undefined) return;
      folder.remove(pathOf(entry.node, vmid));
      entries.delete(vmid);
      started.delete(vmid);
      options.onChange(vmid, undefined);
    },
    copyFirewall(from, to) {
      const text = folder.read(firewallFile(from));
      if (text !== undefined) folder.write(firewallFile(to), text);
    },
    move(vmid, node) {
      const previous = entries.get(vmid);
      if (previous === undefined) throw failure(`VM ${vmid} does not exist`);
      const text = formatGuestConfig(previous.config);
      // In one step, as pmxcfs moves it: killed in between, the guest would be there twice.
      folder.write(pathOf(previous.node, vmid), text);
      folder.rename(pathOf(previous.node, vmid), pathOf(node, vmid));
      const entry = entryOf(vmid, node, text);
      entries.set(vmid, entry);
      options.onChange(vmid, entry);
      return entry;
    },
    startedAt: (vmid) => started.get(vmid),
    setStartedAt(vmid, at) {
      if (at === undefined) started.delete(vmid);
      else started.set(vmid, at);
      options.onChange(vmid, entries.get(vmid));
    },
    power: () => Object.fromEntries(started),
    load() {
      entries.clear();
      containers.clear();
      for (const node of options.nodes()) {
        for (const [vmid, text] of configsIn(`nodes/${node}/qemu-server`)) entries.set(vmid, entryOf(vmid, node, text));
        for (const [vmid, text] of configsIn(`nodes/${node}/lxc`)) {
          const name = /^hostname: (\S+)/m.exec(text)?.[1] ?? `CT${vmid}`;
          containers.set(vmid, { vmid, node, name, isTemplate: /^template: 1/m.test(text) });
        }
      }
      for (const vmid of started.keys()) if (!entries.has(vmid)) started.delete(vmid);
    },
  };

  function configsIn(path: string): readonly (readonly [number, string])[] {
    return folder.list(path).flatMap((name) => {
      const vmid = Number(/^([1-9]\d{2,8})\.conf$/.exec(name)?.[1]);
      const text = folder.read(`${path}/${name}`);
      return Number.isNaN(vmid) || text === undefined ? [] : [[vmid, text] as const];
    });
  }
}
