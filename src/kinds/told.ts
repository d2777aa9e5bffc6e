import type { Diagnostic } from '../core/diagnostic.ts';
import type { ErrorCode } from '../core/error.ts';
import { type Resource, rangeOf } from '../core/resource.ts';

/** A finding at the place of a field, which is named as in a plan: `disks.scsi0.size`. */
export function told(
  resource: Resource,
  path: string,
  severity: Diagnostic['severity'],
  code: ErrorCode,
  summary: string,
  detail: string,
): Diagnostic {
  const pointer = `/${path.replaceAll('.', '/')}`;
  return { severity, code, summary, detail, range: rangeOf(resource, pointer), address: resource.address, pointer };
}
