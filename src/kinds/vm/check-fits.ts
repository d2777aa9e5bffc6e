import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Field } from '../../core/field.ts';
import { type Json, jsonEqual } from '../../core/json.ts';
import { fits } from '../../core/requires.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { selectFields } from '../../core/select-fields.ts';
import { vmFields } from '../../generated/fields/vm.ts';
import { placesOfField } from '../../spec/field-places.ts';
import { displayPointer } from '../../spec/pointer.ts';
import { joinWords, writtenValue } from '../../spec/words.ts';
import { specError } from './vm-values.ts';

function describeCondition(condition: Readonly<Record<string, Json>>): string {
  const { bus, ...others } = condition;
  const values = Object.entries(others).map(([pointer, value]) => `${displayPointer(pointer)}: ${writtenValue(value)}`);
  if (bus === undefined) return joinWords(values, 'and');
  return [
    `${bus === 'ide' ? 'an' : 'a'} ${writtenValue(bus)} slot`,
    ...(values.length === 0 ? [] : [`with ${joinWords(values, 'and')}`]),
  ].join(' ');
}

function describeConditions(field: Field): string {
  return joinWords((field.requires ?? []).map(describeCondition), 'or');
}

const isConditional = (field: Field): boolean => field.requires !== undefined;

/**
 * A value that somebody wrote where it does not fit: an option on a bus that does not have it, which Proxmox VE refuses
 * (qemu-server: PVE/QemuServer/Drive.pm), an iothread on a controller that has none, which it ignores, an EFI disk
 * without OVMF. A value that means the same as absence fits everywhere.
 */
export function checkFits(resource: Resource): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const field of selectFields(vmFields, isConditional)) {
    for (const { parent, key, pointer, slot } of placesOfField(resource.spec, field, 'filled')) {
      const value = parent[key];
      if (value === undefined || value === null || jsonEqual(value, field.absent)) continue;
      const origin = originOf(resource, pointer);
      if (origin.builtIn || fits(field, resource.spec, slot)) continue;
      // What a disk of its own volume excludes is told by `checkDisks`, which knows whose word counts.
      if (field.creation === true && slot !== undefined) continue;
      const shared = origin.range !== undefined && origin.range.file !== resource.range.file;
      const remedy = shared ? ` For ${resource.address} alone, write null there.` : '';
      const detail = `${displayPointer(pointer)} needs ${describeConditions(field)}.${remedy}`;
      diagnostics.push(specError(resource, pointer, 'does not fit', detail));
    }
  }
  return diagnostics;
}
