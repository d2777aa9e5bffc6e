const cache = new Map<string, RegExp>();

/** Perl's own spelling of a compiled pattern, `(?^:…)` or with flags such as `(?^u:…)` and `(?^i:…)`. */
const COMPILED_GROUP = /\(\?\^([a-z]*):/g;

/**
 * A Perl pattern of the API facts as a regular expression that the whole value must match, as Proxmox VE checks it
 * (pve-common: PVE/JSONSchema.pm, check_prop: `^$pattern$`). A value may end in one newline there, and so it may here.
 * Case is ignored throughout where any group says so, since groups with flags of their own are not in Node 20.
 */
export function patternOf(perlPattern: string): RegExp {
  const known = cache.get(perlPattern);
  if (known !== undefined) return known;
  let flags = '';
  const source = perlPattern
    .replace(COMPILED_GROUP, (_group, letters: string) => {
      if (letters.includes('i')) flags = 'i';
      return '(?:';
    })
    // Perl 5.34 and later read `{,16}` as `{0,16}`; here it would be plain text.
    .replace(/\{,(\d+)\}/g, '{0,$1}');
  const pattern = new RegExp(`^(?:${source})\\n?$`, flags);
  cache.set(perlPattern, pattern);
  return pattern;
}
