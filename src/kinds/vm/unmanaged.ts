import type { LiveState, ManagedValue } from '../kind.ts';

// What Proxmox VE makes or keeps for itself says nothing about what a document leaves out (semantics of qemu-server:
// PVE/QemuServer.pm, $confdesc's internal keys), and what is no config key is not listed.
const INTERNAL =
  /^(digest|meta|smbios1|vmgenid|lock|parent|snaptime|vmstate|running.*|unused\d+|status|ha(\..*)?|name)$/;

/** The live config keys that a document does not manage, sorted; a property string counts where any part is managed. */
export function unmanagedKeys(live: LiveState, desired: readonly ManagedValue[]): readonly string[] {
  const managed = new Set(desired.map((value) => value.key));
  return [...live.current.keys()].filter((key) => !managed.has(key) && !INTERNAL.test(key)).sort();
}
