// The size of the package against fixed bounds.
import { LIMITS, packageSize } from '../scripts/package-size.mjs';

/** What the package takes packed and installed, in megabytes. */
export function measurePackage(root) {
  const size = packageSize(root);
  return Object.entries(LIMITS).map(([name, limit]) => ({
    what: `the package, ${name}`,
    measured: size[name] / 1e6,
    floor: limit / 1e6,
    unit: 'MB',
    bound: 1,
    ...(name === 'installed' ? { note: `${size.files.length} files` } : {}),
  }));
}
