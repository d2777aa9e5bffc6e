import type { Diagnostic } from '../../core/diagnostic.ts';
import { originOf, type Resource } from '../../core/resource.ts';
import { fieldsOutsideVersion } from './project.ts';

/** What a document writes and the server's version does not have. */
export function versionProblems(resource: Resource, version: string): readonly Diagnostic[] {
  return fieldsOutsideVersion(resource, version).map(({ field, path }) => {
    const pointer = `/${path.replaceAll('.', '/')}`;
    const origin = originOf(resource, pointer);
    const needs = field.until === undefined ? `${field.since} or newer` : `${field.until} or older`;
    const detail = `${path} (${origin.text}) needs Proxmox VE ${needs}; the server is ${version}. Leave it out.`;
    return {
      severity: 'error',
      code: 'IMPOSSIBLE',
      summary: 'the server’s version does not have this field',
      detail,
      range: origin.range ?? resource.range,
      address: resource.address,
      pointer,
    };
  });
}
