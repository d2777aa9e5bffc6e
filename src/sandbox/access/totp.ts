import { createHmac } from 'node:crypto';

const STEP_S = 30;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The six digits that a secret (base32) gives at a time in milliseconds (RFC 6238 with SHA-1 and steps of 30 s). */
export function totpCode(secret: string, now: number): string {
  return codeOfStep(secret, stepOf(now));
}

/**
 * The step whose code this is, where it is the current one, the one before or the one after; undefined where it is
 * none of them (proxmox-tfa: src/totp.rs, verify).
 */
export function totpStep(secret: string, code: string, now: number): number | undefined {
  const current = stepOf(now);
  return [current - 1, current, current + 1].find((step) => codeOfStep(secret, step) === code);
}

function stepOf(now: number): number {
  return Math.floor(now / 1000 / STEP_S);
}

function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function decodeBase32(text: string): Buffer {
  let bits = '';
  for (const letter of text.toUpperCase().replace(/[=\s]/g, '')) {
    bits += Math.max(0, ALPHABET.indexOf(letter)).toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}
