// What the package takes: packed, as it is fetched, and installed. Reads what `npm pack` would put into it; dist/ has to be built.
import { spawnSync } from 'node:child_process';

/** What there may be of each, in bytes. */
export const LIMITS = { packed: 2_000_000, installed: 10_000_000 };

/** The sizes of the package in bytes, and its files with theirs, the largest first. */
export function packageSize(root) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stdout, stderr } = spawnSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  const [{ size, unpackedSize, files }] = JSON.parse(stdout);
  const listed = files.map(({ path, size: bytes }) => ({ path, bytes }));
  return { packed: size, installed: unpackedSize, files: listed.sort((left, right) => right.bytes - left.bytes) };
}
