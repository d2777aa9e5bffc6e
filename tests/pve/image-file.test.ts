import { describe, expect, it } from 'vitest';
import { imageFileOf } from '../../src/pve/image-file.ts';

const BASE = 'https://example.test/images';
const checksum = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the file of an image', () => {
  it.each([
    ['debian.qcow2', {}, 'import', 'debian-0123456789ab.qcow2'],
    ['noble.img', {}, 'import', 'noble-0123456789ab.qcow2'],
    ['noble.img', { format: 'raw' }, 'import', 'noble-0123456789ab.raw'],
    ['noble.img', { content: 'iso' }, 'iso', 'noble-0123456789ab.img'],
    ['debian.iso?mirror=1', {}, 'iso', 'debian-0123456789ab.iso'],
    ['talos.iso.zst', { compression: 'zst', content: 'iso' }, 'iso', 'talos-0123456789ab.iso'],
    ['debian-12-standard.tar.zst', {}, 'vztmpl', 'debian-12-standard-0123456789ab.tar.zst'],
    ['appliance.ova', {}, 'import', 'appliance-0123456789ab.ova'],
    ['a%20b(c).raw', {}, 'import', 'a_20b_c_-0123456789ab.raw'],
    ['latest', { format: 'qcow2', content: 'import' }, 'import', 'latest-0123456789ab.qcow2'],
    ['debian.qcow2', { filename: 'own.raw' }, 'import', 'own.raw'],
  ] as const)('R-43: of %s with %o is %s/%s', (name, more, content, file) => {
    expect(imageFileOf({ url: `${BASE}/${name}`, checksum, ...more })).toEqual({ content, name: file });
  });

  it('R-43: without a checksum is another one for each address', () => {
    const one = imageFileOf({ url: `${BASE}/a/debian.qcow2` });
    const two = imageFileOf({ url: `${BASE}/b/debian.qcow2` });
    expect(one).toMatchObject({ name: expect.stringMatching(/^debian-url-[0-9a-f]{12}\.qcow2$/) });
    expect(two).not.toEqual(one);
    expect(imageFileOf({ url: `${BASE}/a/debian.qcow2` })).toEqual(one);
  });

  it('is never longer than a file name may be', () => {
    const file = imageFileOf({ url: `${BASE}/${'x'.repeat(400)}.qcow2`, checksum });
    expect('name' in file && file.name.length).toBe(255);
  });

  it.each([
    ['latest', {}, 'content'],
    ['latest', { content: 'import' }, 'format'],
    ['latest', { content: 'iso' }, 'filename'],
    ['debian.qcow2', { filename: 'debian.iso', content: 'import' }, 'filename'],
    ['debian.raw.zst', { compression: 'zst' }, 'compression'],
  ] as const)('R-17: of %s with %o is none, and the problem names %s', (name, more, key) => {
    expect(imageFileOf({ url: `${BASE}/${name}`, checksum, ...more })).toMatchObject({ key });
  });
});
