/**
 * What a change does to a running guest; `none` where the guest is stopped or does not exist yet.
 * The names are those of the plan, of `--allow`, and of the JSON output.
 */
export type Effect = 'none' | 'live' | 'restart' | 'migrate' | 'recreate' | 'data-loss';

const ORDER: readonly Effect[] = ['none', 'live', 'restart', 'migrate', 'recreate', 'data-loss'];

/** The heaviest of some effects; `none` for an empty list. */
export function heaviestEffect(effects: Iterable<Effect>): Effect {
  let heaviest: Effect = 'none';
  for (const effect of effects) if (ORDER.indexOf(effect) > ORDER.indexOf(heaviest)) heaviest = effect;
  return heaviest;
}

/**
 * How Proxmox VE takes a change of a config key (the classes of qemu-server's hotplug code, PVE/QemuServer.pm):
 * `I` at once, no device involved · `L` live whatever `hotplug` says · `P` pending until the next full start ·
 * `S` written, but the running process keeps the old value and nothing is reported pending · `C` written at once, and read
 * by cloud-init in the guest when it boots next · `X` refused while running ·
 * `H:x` live where `hotplug` holds feature x, otherwise pending.
 */
export type ChangeClass = 'I' | 'L' | 'P' | 'S' | 'C' | 'X' | 'H:disk' | 'H:network' | 'H:cpu' | 'H:memory' | 'H:usb';
