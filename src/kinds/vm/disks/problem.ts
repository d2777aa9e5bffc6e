import type { Diagnostic } from '../../../core/diagnostic.ts';
import type { ErrorCode } from '../../../core/error.ts';
import type { Change } from '../../../core/plan.ts';
import type { Resource } from '../../../core/resource.ts';
import { told } from '../../told.ts';

/** A finding about a change, at its place in the document. */
export function changeProblem(
  resource: Resource,
  { path }: Pick<Change, 'path'>,
  summary: string,
  detail: string,
  code: ErrorCode = 'IMPOSSIBLE',
  severity: Diagnostic['severity'] = 'error',
): Diagnostic {
  return told(resource, path, severity, code, summary, detail);
}
