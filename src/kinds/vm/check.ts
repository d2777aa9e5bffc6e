import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Resource } from '../../core/resource.ts';
import { checkBoot } from './check-boot.ts';
import { checkDisks } from './check-disks.ts';
import { checkFits } from './check-fits.ts';
import { checkMemoryAndCpu } from './check-memory-and-cpu.ts';
import { checkNetworkAndConsole } from './check-network-and-console.ts';
import { checkOptions } from './check-options.ts';
import { checkExclusive } from './exclusive.ts';

/**
 * The rules between the fields of a vm, which its schema cannot say and which need no cluster. Each finding has the
 * place and the pointer of the value that breaks the rule.
 */
export function checkVm(resource: Resource): readonly Diagnostic[] {
  return [
    ...checkFits(resource),
    ...checkDisks(resource),
    ...checkMemoryAndCpu(resource),
    ...checkNetworkAndConsole(resource),
    ...checkBoot(resource),
    ...checkExclusive(resource),
    ...checkOptions(resource),
  ];
}
