import type { Json } from '../../core/json.ts';
import type { PlanSource } from '../../core/plan.ts';
import type { CheckedDocuments } from '../load-checked.ts';
import { digestOf, sorted } from './digest-of.ts';

/**
 * The files of documents, each with a SHA-256 of the resources that it came to, and the project file with one of its stack
 * and marks. Layout and comments are not in it, nor are secrets: in their places stands where they come from.
 */
export function documentDigests({
  resources,
  project,
}: Pick<CheckedDocuments, 'resources' | 'project'>): readonly PlanSource[] {
  const parts = new Map<string, Json[]>();
  for (const { address, spec, range } of resources)
    parts.set(range.file, [...(parts.get(range.file) ?? []), [address, sorted(spec)]]);
  if (project.file !== undefined) parts.set(project.file, [{ stack: project.stack, mark: project.mark }]);
  return [...parts]
    .map(([file, part]) => ({ file, sha256: digestOf(part) }))
    .sort((left, right) => (left.file < right.file ? -1 : 1));
}
