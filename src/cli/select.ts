import type { Command } from 'commander';
import type { Address } from '../core/address.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { PvevmError } from '../core/error.ts';
import { nearest } from '../core/nearest.ts';
import type { Resource } from '../core/resource.ts';
import type { CheckedDocuments } from './load-checked.ts';

/** The option that names a part of what the documents describe. */
export interface SelectOptions {
  readonly only?: readonly string[];
}

/** Adds the option that names a part of what the documents describe. */
export function addOnly(command: Command): Command {
  return command.option(
    '--only <address>',
    'only this resource, as in vm/web-01, vm/web-* or tag=web; may be repeated',
    (selector: string, before: readonly string[] = []) => [...before, selector],
  );
}

function matcherOf(selector: string): (resource: Resource) => boolean {
  if (selector.startsWith('tag=')) {
    const wanted = selector.slice('tag='.length).toLowerCase();
    return ({ spec: { tags } }) => Array.isArray(tags) && tags.some((tag) => String(tag).toLowerCase() === wanted);
  }
  const pattern = selector
    .replace(/[\\^$.+()|[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const address = new RegExp(`^${pattern}$`);
  return (resource) => address.test(resource.address);
}

function unknownSelector(selector: string, resources: readonly Resource[]): PvevmError {
  const isTag = selector.startsWith('tag=');
  const known = isTag
    ? resources.flatMap(({ spec: { tags } }) => (Array.isArray(tags) ? tags.map((tag) => `tag=${String(tag)}`) : []))
    : resources.map(({ address }) => address);
  // The kind is easily forgotten.
  const meant = resources.find(({ name }) => name === selector)?.address ?? nearest(selector, known);
  const some = [...new Set(known)].sort();
  const all = some.length === 0 ? 'none' : some.slice(0, 10).join(', ');
  const more = some.length > 10 ? ` and ${some.length - 10} more` : '';
  return new PvevmError('USAGE', `--only ${selector} matches nothing that the documents describe`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
      `Described ${isTag ? 'tags' : 'resources'}: ${all}${more}.`,
    ],
  });
}

/** The resources that selected ones are made from, each with the one that needs it. */
async function neededBy(
  selected: readonly Resource[],
  resources: readonly Resource[],
): Promise<ReadonlyMap<Address, Address>> {
  // Straight to the rule: a kind as a whole brings the Proxmox VE client along.
  const { neededByVm } = await import('../kinds/vm/needs.ts');
  const chosen = new Set(selected.map(({ address }) => address));
  const needed = new Map<Address, Address>();
  const look = (resource: Resource): void => {
    if (resource.kind !== 'vm') return;
    for (const address of neededByVm(resource, resources)) {
      if (chosen.has(address) || needed.has(address)) continue;
      needed.set(address, resource.address);
      for (const other of resources) if (other.address === address) look(other);
    }
  };
  for (const resource of selected) look(resource);
  return needed;
}

/**
 * The documents with those resources only that `--only` names, and, with `needs`, what these are made from: templates
 * and images; a note says so of each. Throws `USAGE` where a selector matches nothing.
 */
export async function selectResources(
  documents: CheckedDocuments,
  { only }: SelectOptions,
  needs: 'with needs' | 'alone',
): Promise<CheckedDocuments> {
  if (only === undefined) return documents;
  const { resources } = documents;
  const selected = new Set<Resource>();
  for (const selector of only) {
    const matching = resources.filter(matcherOf(selector));
    if (matching.length === 0) throw unknownSelector(selector, resources);
    for (const resource of matching) selected.add(resource);
  }
  const needed = needs === 'alone' ? new Map<Address, Address>() : await neededBy([...selected], resources);
  const notes = resources.flatMap(({ address, range }): readonly Diagnostic[] => {
    const by = needed.get(address);
    if (by === undefined) return [];
    const detail = `${address} is planned too: ${by} is made from it.`;
    return [{ severity: 'note', code: 'USAGE', summary: 'not selected, and needed', detail, range, address }];
  });
  return {
    ...documents,
    resources: resources.filter((resource) => selected.has(resource) || needed.has(resource.address)),
    diagnostics: [...documents.diagnostics, ...notes],
  };
}
