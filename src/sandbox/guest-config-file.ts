import { decodeText, encodeText } from './encode-text.ts';
import type { GuestConfig } from './guest-config.ts';

const SECTION = /^\[([A-Za-z][A-Za-z0-9_:-]*)\]\s*$/;
// An empty value becomes one space here, as in the real parser: `.+?` must match something.
const SETTING = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/;

interface Lines {
  readonly values: Record<string, string>;
  description: string | undefined;
}

/**
 * Reads the text of a QEMU guest's config file (qemu-server: PVE/QemuServer.pm, parse_vm_config). Lines that are no
 * setting are left out; trailing white space of the description is dropped; a setting without a value has one space.
 */
export function parseGuestConfig(text: string): GuestConfig {
  const main: Lines = { values: {}, description: undefined };
  const pending: Lines = { values: {}, description: undefined };
  const sections: Record<string, string[]> = {};
  let target: Lines | string[] = main;
  for (const line of text.split('\n')) {
    const name = SECTION.exec(line)?.[1];
    if (name !== undefined) {
      if (name.toUpperCase() === 'PENDING') target = pending;
      else {
        target = [];
        sections[name] = target;
      }
    } else if (Array.isArray(target)) {
      if (line !== '') target.push(line);
    } else readLine(target, line);
  }
  const deleted = pending.values['delete'];
  delete pending.values['delete'];
  const description = main.description?.trimEnd();
  const pendingDescription = pending.description?.trimEnd();
  if (pendingDescription !== undefined) pending.values['description'] = pendingDescription;
  return {
    ...(description === undefined || description === '' ? {} : { description }),
    current: main.values,
    pending: pending.values,
    pendingDelete: deleted === undefined ? {} : parsePendingDelete(deleted),
    sections,
  };
}

/**
 * The text of a QEMU guest's config file, as Proxmox VE writes it (qemu-server: PVE/QemuServer.pm, write_vm_config):
 * the description in encoded `#` lines, keys sorted, then `[PENDING]`, then special sections and snapshots.
 */
export function formatGuestConfig(config: GuestConfig): string {
  const descriptionLines = config.description ? encodeDescription(config.description) : [];
  const parts = [[...descriptionLines, ...settingLines(config.current)]];
  const { description, ...pending } = config.pending;
  const deleted = formatPendingDelete(config.pendingDelete);
  const pendingValues = deleted === '' ? pending : { ...pending, delete: deleted };
  if (description !== undefined || Object.keys(pendingValues).length > 0) {
    // An empty pending description is one bare `#`: without it the pending removal of the text would be lost.
    const lines = description === undefined ? [] : description === '' ? ['#'] : encodeDescription(description);
    parts.push(['', '[PENDING]', ...lines, ...settingLines(pendingValues)]);
  }
  const names = Object.keys(config.sections).sort(
    (a, b) => Number(b.includes(':')) - Number(a.includes(':')) || (a < b ? -1 : 1),
  );
  for (const name of names) parts.push(['', `[${name}]`, ...(config.sections[name] ?? [])]);
  return parts
    .flat()
    .map((line) => `${line}\n`)
    .join('');
}

function readLine(target: Lines, line: string): void {
  if (line.startsWith('#')) {
    target.description = `${target.description ?? ''}${decodeText(line.slice(1))}\n`;
    return;
  }
  const setting = SETTING.exec(line);
  if (setting?.[1] === undefined || setting[2] === undefined) return;
  target.values[setting[1] === 'cdrom' ? 'ide2' : setting[1]] = setting[2];
}

function settingLines(values: Readonly<Record<string, string>>): string[] {
  return Object.keys(values)
    .sort()
    .map((key) => `${key}: ${values[key]}`);
}

function parsePendingDelete(text: string): Record<string, boolean> {
  const result: Record<string, boolean> = {};
  for (const item of text.split(/[,;\s]+/)) {
    if (item !== '') result[item.replace(/^!/, '')] = item.startsWith('!');
  }
  return result;
}

function formatPendingDelete(deleted: Readonly<Record<string, boolean>>): string {
  return Object.keys(deleted)
    .sort()
    .map((key) => (deleted[key] ? `!${key}` : key))
    .join(',');
}

function encodeDescription(description: string): string[] {
  return description
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `#${encodeText(line)}`);
}
