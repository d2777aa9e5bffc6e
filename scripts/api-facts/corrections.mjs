// What real answers of 9.2 hold that the result schemas do not say: Proxmox VE does not check what it answers. Those of
// `/cluster/options` are objects where a property string is set (pve-cluster: PVE/DataCenterConfig.pm).
//
// A place is `[]` for the items of a list and `.name` for a property. `+string` is a property that the schema lacks,
// `|string` a value that may be that too, `?` a property that may be missing, `open` an object with more than is listed.
import { readFileSync } from 'node:fs';

const corrections = JSON.parse(readFileSync(new URL('./result-corrections.json', import.meta.url), 'utf8'));

/** The object that holds a place and the key of the place in it; undefined where the schema has no such place. */
function locate(schema, place) {
  let holder = { root: schema };
  let key = 'root';
  for (const step of place.match(/\[\]|\.[^.[]+/g) ?? []) {
    const at = holder[key];
    if (at === undefined) return undefined;
    if (step === '[]') {
      holder = at;
      key = 'items';
    } else {
      at.properties ??= {};
      holder = at.properties;
      key = step.slice(1);
    }
  }
  return { holder, key };
}

/** Whether the correction fits; if so it is made. `holder` changes. */
function correct(holder, key, correction) {
  const known = holder[key];
  const isNew = correction.startsWith('+');
  if (isNew !== (known === undefined)) return false;
  if (isNew) holder[key] = { type: correction.slice(1), optional: 1 };
  else if (correction === '?') known.optional = 1;
  else if (correction === 'open') known.additionalProperties = 1;
  else {
    const { optional, ...rest } = known;
    const others = correction
      .slice(1)
      .split('|')
      .map((type) => ({ type }));
    holder[key] = { union: [rest, ...others], ...(optional === undefined ? {} : { optional }) };
  }
  return true;
}

/**
 * The result schemas by `GET /path`, with what was seen in real answers, and the corrections that do not fit them: a
 * newer version may say itself by now what was missing.
 */
export function corrected(results) {
  const copy = structuredClone(results);
  const stale = [];
  for (const [endpoint, places] of Object.entries(corrections)) {
    for (const [place, correction] of Object.entries(places)) {
      const found = copy[endpoint] === undefined ? undefined : locate(copy[endpoint], place);
      // The whole answer is replaced in the list of answers.
      const [holder, key] = place === '' ? [copy, endpoint] : [found?.holder ?? {}, found?.key ?? ''];
      if (!correct(holder, key, correction)) stale.push(`${endpoint} ${place} ${correction}`);
    }
  }
  return { results: copy, stale };
}
