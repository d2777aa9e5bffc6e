import type { Clock } from '../core/clock.ts';
import { PvevmError } from '../core/error.ts';
import type { Project } from '../core/resource.ts';
import type { Exported, ExportedObject, ExportRequest, NotExported } from '../kinds/exported.ts';
import type { PveReader } from '../pve/reader.ts';
import { registry } from '../registry/registry.ts';
import { contextOf } from './plan.ts';
import { type ResolveDocument, settleDocument } from './settle-document.ts';

/** What documents are made from. It gets a reader: exporting cannot change a cluster. */
export interface ExportOptions {
  /** By kind, which objects. */
  readonly requests: ReadonlyMap<string, ExportRequest>;
  readonly pve: PveReader;
  /** Who reads: `user@realm!token`. */
  readonly user: string;
  /** The project that the documents are to stand in: its stack, its marks. */
  readonly project: Project;
  readonly resolve: ResolveDocument;
  readonly clock: Clock;
}

/**
 * Writes live objects as documents that plan empty in their project, and lists what they cannot say. Throws `USAGE` for a
 * kind whose objects cannot be written, and where the cluster cannot be read.
 */
export async function exportObjects(options: ExportOptions): Promise<Exported> {
  const { requests, pve, user, project, resolve, clock } = options;
  const context = contextOf({ pve, user, project, clock, resources: [] });
  const objects: ExportedObject[] = [];
  const failed: NotExported[] = [];
  for (const [name, request] of requests) {
    const kind = await registry[name]?.();
    if (kind?.exportLive === undefined) {
      const why = kind === undefined ? `there is no kind ${name}` : `Proxmox VE does not keep what its documents say`;
      throw new PvevmError('USAGE', `cannot export ${name}: ${why}`, {
        hints: ['Guests can be exported: pvevm export vm/NAME, vm/ID, or "vm/*" for all.'],
      });
    }
    const found = await kind.exportLive(request, context);
    failed.push(...found.failed);
    for (const object of found.objects) {
      const { exported, obstacles } = await settleDocument(kind, object, resolve, context);
      const [obstacle] = obstacles;
      // A document that would change something, or that no command reads, is none to be kept.
      if (obstacle === undefined) objects.push(exported);
      else
        failed.push({
          source: exported.source,
          code: 'IDENTITY',
          why: `Its document would not plan empty: ${obstacle}`,
        });
    }
  }
  return { objects, failed };
}
