import type { GuestOutput } from './guest-output.ts';
import { checkWords } from './safe-words.ts';

function hostLines(guest: GuestOutput): readonly string[] {
  const { name, vmid, host, user } = guest;
  if (host === null || vmid === null) return [];
  checkWords(guest, 'an ssh config');
  return [
    `Host ${name}`,
    `  HostName ${host}`,
    ...(user === null ? [] : [`  User ${user}`]),
    // By its name and id: an address that another guest had before brings no key of that one along.
    `  HostKeyAlias ${name}.${vmid}.pvevm`,
    '',
  ];
}

/**
 * An ssh config with a `Host` for each guest whose address is known, for `ssh -F FILE` or `Include`. Throws as
 * `checkWords` does.
 */
export function formatSshConfig(guests: readonly GuestOutput[]): string {
  return guests
    .flatMap(hostLines)
    .map((line) => `${line}\n`)
    .join('');
}
