import type { Diagnostic } from '../../core/diagnostic.ts';
import { type Resource, rangeOf } from '../../core/resource.ts';
import { imageFileOf, imageSourceOf } from '../../pve/image-file.ts';

function specError(resource: Resource, pointer: string, summary: string, detail: string): Diagnostic {
  const range = rangeOf(resource, pointer);
  return { severity: 'error', code: 'SPEC_INVALID', summary, detail, range, address: resource.address, pointer };
}

/** The rules between the fields of an image: it has a storage, and its name is one that Proxmox VE takes. */
export function checkImage(resource: Resource): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (resource.spec['storage'] === undefined)
    diagnostics.push(
      specError(
        resource,
        '',
        'missing key',
        'An image needs a storage that keeps it. Write storage, or put one into pvevm.yaml under defaults: { image: { storage: … } }.',
      ),
    );
  const file = imageFileOf(imageSourceOf(resource.spec));
  if ('detail' in file) {
    const pointer = resource.spec[file.key] === undefined ? '/url' : `/${file.key}`;
    diagnostics.push(specError(resource, pointer, 'no file comes of this', file.detail));
  }
  return diagnostics;
}
