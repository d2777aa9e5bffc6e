import { expect, it } from 'vitest';
import {
  formatMark,
  joinDescription,
  splitDescription,
  withUnfinished,
  withUntil,
} from '../../../../src/kinds/vm/identity/mark.ts';

it('a mark comes apart as it was put together, with and without an end', () => {
  for (const until of [undefined, '2026-08-01T12:00Z', '{until:4h}']) {
    const line = withUntil(formatMark('lab', 'vm/web-01', 120), until);
    const { text, mark } = splitDescription(joinDescription('two\nlines', line));
    expect(text).toBe('two\nlines');
    expect(mark).toEqual({ stack: 'lab', address: 'vm/web-01', vmid: 120, ...(until === undefined ? {} : { until }) });
  }
});

it('a line that only looks like a mark is the user’s text', () => {
  const strange = [
    'pvevm:lab:vm/web-01:120 until',
    'pvevm:lab:vm/web-01:120 until tomorrow',
    'pvevm:lab:vm/web-01:120 until 2026-08-01T12:00:00Z',
    'pvevm:lab:vm/web-01:120  until 2026-08-01T12:00Z',
    'see pvevm:lab:vm/web-01:120 until 2026-08-01T12:00Z',
    'pvevm:lab:vm/web-01:120 until 2026-08-01T12:00Z and more',
  ];
  for (const line of strange) expect(splitDescription(line)).toEqual({ text: line, mark: undefined });
});

it('a mark of a guest that is not finished has the word before its end, and is a mark all the same', () => {
  for (const until of [undefined, '2026-08-01T12:00Z', '{until:4h}']) {
    const line = withUntil(withUnfinished(formatMark('lab', 'vm/web-01', '{vmid}')), until);
    expect(splitDescription(line).mark).toMatchObject({ address: 'vm/web-01', unfinished: true });
  }
  expect(splitDescription('pvevm:lab:vm/web-01:120 until 2026-08-01T12:00Z unfinished').mark).toBeUndefined();
});
