import { formatAddress } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Resource } from '../core/resource.ts';
import { fieldTables } from '../generated/schemas.ts';
import { checkIgnore } from './check-ignore.ts';
import { type Document, placeholdersOf } from './document.ts';
import { expandDocument } from './expand.ts';
import { isTemplate } from './is-template.ts';
import { mergeDefaults } from './merge-defaults.ts';
import type { LoadedProject } from './project.ts';
import type { Scope } from './scope.ts';
import { splitSecrets, tellSecrets } from './secrets.ts';
import { checkKind, loadSchemas, validateDocument } from './validate.ts';

/** What a document comes to, and what was found in it. */
export interface ResolvedDocument {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

function checkMark(document: Document, { project }: LoadedProject): readonly Diagnostic[] {
  // Only guests carry marks.
  if (project.mark !== 'none' || document.value['vmid'] !== undefined || document.value['kind'] === 'image') return [];
  const detail = `${project.file} says mark: none, so that guests are known by their ids alone. Write a vmid.`;
  return [
    { severity: 'error', code: 'SPEC_INVALID', summary: 'missing key', detail, range: document.range, pointer: '' },
  ];
}

/** Of a value that was made from placeholders, what is wrong is seldom wrong where it stands. */
function nameSource(document: Document, diagnostic: Diagnostic): Diagnostic {
  const from = placeholdersOf(document, diagnostic.pointer ?? '');
  return from === undefined ? diagnostic : { ...diagnostic, detail: `${diagnostic.detail} The value is from ${from}.` };
}

async function resolveInstance(
  kind: string,
  document: Document,
  shared: LoadedProject,
  tellSecret: Scope['tellSecret'],
): Promise<ResolvedDocument> {
  const name = document.value['name'];
  const fields = (await fieldTables[kind]?.()) ?? [];
  tellSecrets(document.value, fields, tellSecret);
  const failed = (problems: readonly Diagnostic[]): ResolvedDocument => {
    const address = typeof name === 'string' ? { address: formatAddress(kind, name) } : {};
    return { resources: [], diagnostics: problems.map((found) => ({ ...nameSource(document, found), ...address })) };
  };
  const invalid = await validateDocument(kind, document);
  if (typeof name !== 'string' || invalid.length > 0) return failed(invalid);
  const expanded = expandDocument(document, fields);
  const ignored =
    document.value['ignore'] === undefined ? [] : checkIgnore(kind, document, fields, await loadSchemas());
  const problems = [...expanded.diagnostics, ...ignored, ...checkMark(document, shared)];
  if (problems.length > 0) return failed(problems);
  const merged = mergeDefaults(expanded.document, shared.defaults.get(kind), fields);
  const address = formatAddress(kind, name);
  const { diagnostics, secrets, ...split } = splitSecrets(merged, fields, tellSecret);
  const kept = secrets.size === 0 ? {} : { secrets };
  return {
    resources: [{ address, kind, name, range: document.range, ...split, ...kept }],
    diagnostics: diagnostics.map((found) => ({ ...found, address })),
  };
}

/**
 * Makes the resources of a document: replaces its placeholders, makes its instances, checks each against its schema,
 * writes short forms out, and merges the defaults. `scope` knows the variables of the command line.
 */
export async function resolveDocument(
  document: Document,
  shared: LoadedProject,
  scope: Scope,
): Promise<ResolvedDocument> {
  const wrongKind = checkKind(document);
  if (wrongKind !== undefined) return { resources: [], diagnostics: [wrongKind] };
  const kind = String(document.value['kind']);
  if (!isTemplate(document)) {
    const excess = scope.budget.take(1);
    if (excess === undefined) return resolveInstance(kind, document, shared, scope.tellSecret);
    const [summary, detail] = excess;
    const { range } = document;
    return { resources: [], diagnostics: [{ severity: 'error', code: 'SPEC_INVALID', summary, detail, range }] };
  }
  tellSecrets(document.value, (await fieldTables[kind]?.()) ?? [], scope.tellSecret);
  const { resolveTemplate } = await import('./resolve-template.ts');
  const maps = shared.vars === undefined ? scope.maps : [...scope.maps, shared.vars];
  const { documents, diagnostics } = await resolveTemplate(kind, document, { ...scope, maps });
  const found: Diagnostic[] = [...diagnostics];
  const resources: Resource[] = [];
  for (const instance of documents) {
    const resolved = await resolveInstance(kind, instance, shared, scope.tellSecret);
    resources.push(...resolved.resources);
    found.push(...resolved.diagnostics);
  }
  return { resources, diagnostics: found };
}
