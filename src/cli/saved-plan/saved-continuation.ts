import type { Resource } from '../../core/resource.ts';
import type { RunCommandOptions } from '../plan-options.ts';
import { continuationOf } from '../run/continuation.ts';

/**
 * The command line that carries out a plan which was saved to `file`: the same cluster, and the same variables, by which its
 * documents are compared with it. What says what a plan is made of is in the plan already, and secrets are left out.
 */
export function savedContinuation(file: string, options: RunCommandOptions, resources: readonly Resource[]): string {
  const { prune: _, only: __, renew: ___, rotateSecrets: ____, adopt: _____, ...rest } = options;
  const secrets = new Set(resources.flatMap((resource) => [...(resource.secrets?.values() ?? [])]));
  return continuationOf('apply', [file], rest, secrets);
}
