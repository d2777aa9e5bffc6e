import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CODEC_NAMES } from '../../../src/pve/codecs/codecs.ts';

it('knows each codec that an annotation may name, and no other', () => {
  const meta = JSON.parse(readFileSync(new URL('../../../schema/x-pve.meta.json', import.meta.url), 'utf8'));
  expect([...CODEC_NAMES].sort()).toEqual([...meta.properties.codec.enum].sort());
});
