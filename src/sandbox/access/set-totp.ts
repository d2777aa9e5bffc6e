import type { SandboxState } from '../house.ts';

/** Gives a user a secret (base32) for one-time codes, in place of what it had. */
export function setTotp({ access, random, clock, save }: SandboxState, userid: string, secret: string): void {
  const label = encodeURIComponent(`Proxmox VE:${userid}`);
  const entry = {
    id: `totp-${random.uuid()}`,
    description: 'one-time codes',
    created: Math.floor(clock.now() / 1000),
    uri: `otpauth://totp/${label}?secret=${secret}&digits=6&period=30&algorithm=SHA1`,
  };
  access.totp.set(userid, [entry]);
  save();
}
