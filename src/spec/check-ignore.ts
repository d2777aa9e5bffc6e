import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import { nearest } from '../core/nearest.ts';
import { type Document, rangeOfValue } from './document.ts';
import { displayValue } from './words.ts';

const IDENTITY = 'The name says which guest is meant, so that it is always managed.';

function remedyFor(near: string | undefined): string {
  return near === undefined ? 'A path is written as in memory.size or disks.scsi1.' : `Did you mean ${near}?`;
}

/** A mistyped path in `ignore` would leave managed what was meant to be left alone: each must lead to a known field. */
export function checkIgnore(document: Document, fields: readonly Field[]): readonly Diagnostic[] {
  const paths = document.value['ignore'];
  if (!Array.isArray(paths)) return [];
  const known = new Set<string>();
  for (const { path } of fields) {
    const parts = path.split('.');
    for (const length of parts.keys()) known.add(parts.slice(0, length + 1).join('.'));
  }
  const diagnostics: Diagnostic[] = [];
  for (const [index, path] of paths.entries()) {
    const slot = /^[^.]+\.([a-z]+\d+)(?=\.|$)/.exec(String(path))?.[1] ?? '*';
    const general = String(path).replace(`.${slot}`, '.*');
    // Whatever may stand in options may be ignored there: its kind checks the keys.
    const isOption = known.has('options') && /^options\.[^.]+$/.test(String(path));
    if (path !== 'name' && (isOption || known.has(general))) continue;
    const elsewhere = [...known].find((field) => field.endsWith(`.${general}`));
    const near = (elsewhere ?? nearest(general, known))?.replace('*', slot);
    const pointer = `/ignore/${index}`;
    diagnostics.push({
      severity: 'error',
      code: 'SPEC_INVALID',
      summary: path === 'name' ? 'not to be ignored' : 'unknown path',
      detail: path === 'name' ? IDENTITY : `No field has the path ${displayValue(path)}. ${remedyFor(near)}`,
      range: rangeOfValue(document, pointer),
      pointer,
    });
  }
  return diagnostics;
}
