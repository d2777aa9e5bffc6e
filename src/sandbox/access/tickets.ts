import { createHmac, timingSafeEqual } from 'node:crypto';

const LIFETIME_S = 2 * 3600;
const GRACE_S = 300;

/** Signs and checks what a login gives. */
export interface Tickets {
  /** `PVE:DATA:TIME::SIGNATURE`; `bound` is signed with it and not in it. */
  issue(data: string, bound?: string): string;
  /** The data of a ticket that is genuine and neither older than two hours nor from the future; else undefined. */
  read(ticket: string, bound?: string): string | undefined;
  issueCsrfToken(userid: string): string;
  isCsrfToken(userid: string, token: string): boolean;
}

/**
 * Tickets as Proxmox VE forms them (pve-common: PVE/Ticket.pm), but signed with a key of this sandbox by HMAC-SHA256,
 * where Proxmox VE uses RSA: clients cannot tell. `now` is in milliseconds.
 */
export function createTickets(key: string, now: () => number): Tickets {
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64');
  const stamp = (): string =>
    Math.floor(now() / 1000)
      .toString(16)
      .toUpperCase()
      .padStart(8, '0');
  const isCurrent = (time: string): boolean => {
    const age = Math.floor(now() / 1000) - Number.parseInt(time, 16);
    return age > -GRACE_S && age < LIFETIME_S;
  };
  const withBound = (plain: string, bound: string | undefined): string =>
    bound === undefined ? plain : `${plain}:${bound}`;
  return {
    issue(data, bound) {
      const plain = `PVE:${data}:${stamp()}`;
      return `${plain}::${sign(withBound(plain, bound))}`;
    },
    read(ticket, bound) {
      const [, plain, data, time, signature] = /^(PVE:(\S+):([A-Z0-9]{8}))::([^:\s]+)$/.exec(ticket) ?? [];
      if (plain === undefined || time === undefined || signature === undefined) return undefined;
      return isEqual(signature, sign(withBound(plain, bound))) && isCurrent(time) ? data : undefined;
    },
    issueCsrfToken(userid) {
      const time = stamp();
      return `${time}:${sign(`csrf:${time}:${userid}`).replace(/=+$/, '')}`;
    },
    isCsrfToken(userid, token) {
      const [, time, signature] = /^([A-Z0-9]{8}):(\S+)$/.exec(token) ?? [];
      if (time === undefined || signature === undefined) return false;
      return isEqual(signature, sign(`csrf:${time}:${userid}`).replace(/=+$/, '')) && isCurrent(time);
    },
  };
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isEqual(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
