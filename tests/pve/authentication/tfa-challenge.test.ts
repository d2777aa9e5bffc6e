import { expect, it } from 'vitest';
import { answerOfCode, readTfaChallenge } from '../../../src/pve/authentication/tfa-challenge.ts';

function ticketOf(challenge: unknown): string {
  return `PVE:!tfa!${encodeURIComponent(JSON.stringify(challenge))}:6B0099F0::c2ln`;
}

it.each([
  [
    { totp: true, recovery: [0, 2] },
    { totp: true, recovery: true, yubico: false },
  ],
  [
    { totp: true, recovery: 'available' },
    { totp: true, recovery: true, yubico: false },
  ],
  [
    { totp: false, recovery: [], yubico: true },
    { totp: false, recovery: false, yubico: true },
  ],
  [
    { recovery: 'unavailable', webauthn: { publicKey: {} } },
    { totp: false, recovery: false, yubico: false },
  ],
])('reads which factors %j offers', (challenge, expected) => {
  expect(readTfaChallenge(ticketOf(challenge))).toEqual(expected);
});

it('lets the server decide where the challenge cannot be read', () => {
  for (const ticket of ['PVE:!tfa!%:6B0099F0::c2ln', 'PVE:!tfa!x:6B0099F0::c2ln', '']) {
    expect(readTfaChallenge(ticket).totp).toBe(true);
  }
});

const YUBICO = 'cccccckdvvulgjvtkjdhtlrbjjctggdihuevikehtlil';
it.each([
  ['123456', 'totp:123456'],
  [' 123 456 ', 'totp:123456'],
  ['ab12-cd34-ef56-7890', 'recovery:ab12-cd34-ef56-7890'],
  ['recovery:123456', 'recovery:123456'],
  ['totp:654321', 'totp:654321'],
  [YUBICO, `yubico:${YUBICO}`],
])('sends the code %s as %s', (code, expected) => {
  expect(answerOfCode(code, { totp: true, recovery: true, yubico: true })).toBe(expected);
});
