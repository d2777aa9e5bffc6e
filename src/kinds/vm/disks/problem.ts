import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import type { Change } from '../../../core/plan.ts';
import { originOf, type Resource } from '../../../core/resource.ts';

/** A finding about a change, at its place in the document. */
export function changeProblem(
  resource: Resource,
  { path }: Pick<Change, 'path'>,
  summary: string,
  detail: string,
  code: ErrorCode = 'IMPOSSIBLE',
  severity: Diagnostic['severity'] = 'error',
): Diagnostic {
  const pointer = `/${path.replaceAll('.', '/')}`;
  const range = originOf(resource, pointer).range ?? resource.range;
  return { severity, code, summary, detail, range, address: resource.address, pointer };
}
