import type { Json } from '../../core/json.ts';
import type { Codec } from './codec.ts';

// Far above any number of processors and VLANs: a longer range is no set of those.
const LONGEST_RANGE = 10_000;

/**
 * A set of numbers in its one form: as `1-3,5`, and so with any separator. Ranges that overlap or follow each other are
 * joined. A text that is no such set stays as it is.
 */
function canonicalRanges(text: string, separator: string): string {
  const numbers = new Set<number>();
  for (const part of text.split(separator)) {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [low, high] = [Number(from), Number(to)];
    if (from === undefined || high < low || high - low > LONGEST_RANGE) return text;
    for (let number = low; number <= high; number += 1) numbers.add(number);
  }
  const runs: [low: number, high: number][] = [];
  for (const number of [...numbers].sort((left, right) => left - right)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`)).join(separator);
}

function ranges(separator: string): Codec {
  return {
    fromSpec: (value) => canonicalRanges(String(value), separator),
    toSpec: (value) => value,
    parse: (wire) => canonicalRanges(wire, separator),
    print: (value) => String(value),
  };
}

const trunkList = (text: string): Json => (text === '' ? [] : canonicalRanges(text, ';').split(';'));

// VLANs and ranges of them (qemu-server: PVE/QemuServer/Network.pm, trunks).
const trunks: Codec = {
  fromSpec: (value) => trunkList((value as readonly (string | number)[]).join(';')),
  toSpec: (value) => value,
  parse: trunkList,
  print: (value) => (value as readonly string[]).join(';'),
};

/**
 * The codecs of sets of numbers: `0-3;6` of NUMA nodes (qemu-server: PVE/QemuServer/Helpers.pm, parse_number_sets),
 * `0-3,6` of the host's processors (pve-common: PVE/CpuSet.pm), and the VLANs of a trunk.
 */
export const NUMBER_SET_CODECS: Readonly<Record<string, Codec>> = {
  'cpu-set': ranges(','),
  'number-set': ranges(';'),
  trunks,
};
