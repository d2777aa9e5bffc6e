import { expect, it } from 'vitest';
import { codecOf, matchesPattern, parseDiskSize, printDiskSize } from '../../../src/pve/codecs/codecs.ts';

it.each([
  ['32G', 34_359_738_368],
  ['528K', 540_672],
  ['1053184M', 1_104_343_465_984],
  ['1024', 1024],
  ['0.5G', 536_870_912],
])('reads the size %s as %d bytes', (text, bytes) => {
  expect(parseDiskSize(text)).toBe(bytes);
});

it.each([
  [34_359_738_368, '32G'],
  [1_649_267_441_664, '1536G'],
  [540_672, '528K'],
  [1_099_511_627_776, '1T'],
  [1000, '1000'],
])('prints %d bytes as Proxmox VE does: %s', (bytes, text) => {
  expect(printDiskSize(bytes)).toBe(text);
});

it.each([
  ['size', 'rubbish'],
  ['mebibytes', '2 GB'],
  ['boolean', 'maybe'],
  ['integer', 'many'],
])('%s keeps a text that it cannot read as it is, so that it is seen as a difference: %s', (name, text) => {
  expect(codecOf(name).parse(text)).toBe(text);
});

it.each([
  ['q35', 'pc-q35-9.2+pve1', true],
  ['q35', 'q35', true],
  ['pc', 'pc-i440fx-9.2', true],
  ['q35', 'pc-i440fx-9.2', false],
  ['pc', 'pc-q35-9.2', false],
  ['pc-q35-9.0', 'pc-q35-9.2', false],
  ['pc-q35-9.0', 'q35', false],
])('machine %s is met by %s: %s', (desired, live, met) => {
  expect(codecOf('machine').agrees?.(desired, live)).toBe(met);
});

it.each([
  ['nixos-minimal-25.05.iso', '*nixos-minimal*.iso', true],
  ['nixos-minimal-25x05.iso', 'nixos-minimal-25.05.iso', false],
  ['a+b(1).iso', 'a+b(?).iso', true],
  ['Debian.iso', 'debian*', false],
])('the file name %s fits the pattern %s: %s', (name, pattern, does) => {
  expect(matchesPattern(name, pattern)).toBe(does);
});

it('refuses a codec that there is none of', () => {
  expect(() => codecOf('nothing')).toThrow('no codec is called nothing');
});
