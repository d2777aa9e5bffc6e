import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GuestConfig } from '../../src/sandbox/guest-config.ts';
import { formatGuestConfig, parseGuestConfig } from '../../src/sandbox/guest-config-file.ts';

const EMPTY: GuestConfig = { current: {}, pending: {}, pendingDelete: {}, sections: {} };

const key = fc.stringMatching(/^[a-z][a-z_-]{0,8}[0-9]{0,2}$/).filter((name) => name !== 'delete' && name !== 'cdrom');
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const settings = fc.dictionary(key, value, { maxKeys: 6 });
const description = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replaceAll('\r', '').trimEnd())
  .filter((text) => text !== '');
const config: fc.Arbitrary<GuestConfig> = fc
  .record({
    description: fc.option(description, { nil: undefined }),
    current: settings,
    pending: settings,
    pendingDelete: fc.dictionary(key, fc.boolean(), { maxKeys: 3 }),
    sections: fc.dictionary(
      fc.stringMatching(/^s[a-z0-9_-]{1,8}$/),
      fc.array(fc.constantFrom('#a', 'cores: 2', 'x: y')),
      { maxKeys: 2 },
    ),
  })
  .map(({ description: text, ...rest }) => (text === undefined ? rest : { description: text, ...rest }));

describe('the config file of a QEMU guest', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(config, (original) => {
        expect(parseGuestConfig(formatGuestConfig(original))).toEqual(original);
      }),
    );
  });

  it('is written with the description first and encoded, keys sorted, and what is pending after them', () => {
    const text = formatGuestConfig({
      description: 'Hällo: 50%\n\nend',
      current: { name: 'web', cores: '2' },
      pending: { memory: '2048' },
      pendingDelete: { scsi1: true, agent: false },
      sections: { s1: ['cores: 1'], 'special:cloudinit': ['name: old'] },
    });
    expect(text).toBe(
      [
        '#H%C3%A4llo%3A 50%25',
        '#',
        '#end',
        'cores: 2',
        'name: web',
        '',
        '[PENDING]',
        'delete: agent,!scsi1',
        'memory: 2048',
        '',
        '[special:cloudinit]',
        'name: old',
        '',
        '[s1]',
        'cores: 1',
        '',
      ].join('\n'),
    );
  });

  it('reads an empty value as one space, as Proxmox VE does', () => {
    expect(parseGuestConfig(formatGuestConfig({ ...EMPTY, current: { boot: '' } })).current).toEqual({ boot: ' ' });
  });

  it('drops white space at the end of a description, and a description of nothing else', () => {
    expect(parseGuestConfig('#a \n#\n').description).toBe('a');
    expect(parseGuestConfig('#\ncores: 1\n')).not.toHaveProperty('description');
  });

  it('leaves out lines that are no setting', () => {
    expect(parseGuestConfig('cores: 2\nno setting\n\n12: x\n').current).toEqual({ cores: '2' });
  });
});
