import { type Diagnostic, hasErrors } from '../../src/core/diagnostic.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Resource } from '../../src/core/resource.ts';
import { vmFields } from '../../src/generated/fields/vm.ts';
import { validators } from '../../src/generated/schemas.ts';
import { checkVm } from '../../src/kinds/vm/check.ts';
import type { Document } from '../../src/spec/document.ts';
import { expandDocument } from '../../src/spec/expand.ts';
import { mergeDefaults } from '../../src/spec/merge-defaults.ts';

const validate = await validators['vm']?.();
if (validate === undefined) throw new Error('no validator of vm');

const RANGE = { file: 'vm.yaml', line: 1, column: 1, length: 1 };

/** The resource of a spec, without the ways of documents around it. */
function resourceOf(spec: JsonObject): { readonly resource: Resource; readonly diagnostics: readonly Diagnostic[] } {
  const document: Document = { file: 'vm.yaml', range: RANGE, value: spec, places: new Map() };
  const { document: expanded, diagnostics } = expandDocument(document, vmFields);
  const merged = mergeDefaults(expanded, undefined, vmFields);
  return { resource: { address: 'vm/x', kind: 'vm', name: 'x', range: RANGE, ...merged }, diagnostics };
}

/** What `validate` has against a spec, by summary; undefined where it has nothing. Only what needs no cluster is asked. */
export function invalidBecause(spec: JsonObject): string | undefined {
  const whole = { kind: 'vm', name: 'x', ...spec };
  if (validate?.(whole) !== true) return 'the schema';
  const { resource, diagnostics } = resourceOf(whole);
  const found = [...diagnostics, ...checkVm(resource)].filter((diagnostic) => hasErrors([diagnostic]));
  return found[0]?.summary;
}
