import type { SandboxRandom } from './host.ts';

/** A source of chance whose state can be kept, so that a sandbox goes on after a restart where it was. */
export interface SeededRandom extends SandboxRandom {
  /** The number to give to `createRandom` to go on from here. */
  state(): number;
}

/** A source of chance from a seed (the mulberry32 generator): enough for ids and addresses, and no good for secrets. */
export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  };
  return {
    state: () => state,
    integer: (below) => next() % below,
    uuid() {
      const variant = '89ab'[next() % 4] ?? '8';
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
    mac(prefix) {
      const octets = prefix.split(':').filter((octet) => octet !== '');
      while (octets.length < 6) octets.push(hex(2));
      return octets.join(':').toUpperCase();
    },
  };
}
