import { expect, it } from 'vitest';
import { checkMedium } from '../../../../src/kinds/vm/images/check-medium.ts';
import { loadOne } from '../../../spec/load-text.ts';

async function problemsOf(media: string): Promise<readonly string[]> {
  const resource = await loadOne(`kind: vm\nname: web-01\nos: { media: ${media} }\n`);
  return checkMedium(resource).map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

it.each([
  ['{ storage: cephfs }', ['/os/media:', 'needs the key latest', 'or url']],
  ['{ latest: "*.iso" }', ['/os/media:', 'needs the key storage']],
  ['{ storage: cephfs, latest: "*", url: "http://127.0.0.1/x.iso" }', ['/os/media/latest:', 'url and latest']],
  [
    '{ storage: cephfs, latest: "*", checksum: "md5:00000000000000000000000000000000" }',
    ['/os/media/checksum:', 'url'],
  ],
  ['{ url: "http://127.0.0.1/latest" }', ['/os/media/url:', '.iso or .img', 'media: image/NAME']],
])('R-17: the medium %s is an error at its place', async (media, words) => {
  const problems = await problemsOf(media);
  expect(problems).toHaveLength(1);
  for (const word of words) expect(problems[0]).toContain(word);
});

it.each(['none', 'image/debian', '{ storage: cephfs, latest: "*" }', '{ url: "http://127.0.0.1/x.iso" }'])(
  'the medium %s is none',
  async (media) => {
    expect(await problemsOf(media)).toEqual([]);
  },
);
