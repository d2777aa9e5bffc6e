import type { OptionKey } from '../../../core/option-key.ts';

/**
 * Whether what is written (`left`) and what is stored (`right`) say the same: numbers by value, anything else as text.
 * Proxmox VE stores numbers with a fraction as they were sent (qemu-server: PVE/QemuServer.pm, check_type).
 */
export function meansSame(option: OptionKey, left: string, right: string): boolean {
  if (left === right) return true;
  return (option.type === 'number' || option.type === 'integer') && Number(left) === Number(right);
}
