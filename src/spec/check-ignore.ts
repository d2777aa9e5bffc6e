import type { Diagnostic } from '../core/diagnostic.ts';
import type { Field } from '../core/field.ts';
import { nearest } from '../core/nearest.ts';
import { type Document, rangeOfValue } from './document.ts';
import { displayValue } from './words.ts';

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
    if (known.has(general)) continue;
    const near = nearest(general, known)?.replace('*', slot);
    const pointer = `/ignore/${index}`;
    diagnostics.push({
      severity: 'error',
      code: 'SPEC_INVALID',
      summary: 'unknown path',
      detail: `No field has the path ${displayValue(path)}. ${near === undefined ? 'A path is written as in memory.size or disks.scsi1.' : `Did you mean ${near}?`}`,
      range: rangeOfValue(document, pointer),
      pointer,
    });
  }
  return diagnostics;
}
