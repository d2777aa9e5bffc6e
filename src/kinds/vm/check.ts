import type { Diagnostic } from '../../core/diagnostic.ts';
import type { Resource } from '../../core/resource.ts';
import { checkBoot } from './check-boot.ts';
import { checkFits } from './check-fits.ts';
import { checkMemoryAndCpu } from './check-memory-and-cpu.ts';
import { checkNetworkAndConsole } from './check-network-and-console.ts';
import { checkClone } from './clone/check-clone.ts';
import { checkCloudInit } from './cloud-init/check.ts';
import { checkDevices } from './devices/check-devices.ts';
import { checkMachine } from './devices/check-machine.ts';
import { checkDisks } from './disks/check-disks.ts';
import { checkExclusive } from './disks/exclusive.ts';
import { checkFirewall } from './firewall/check.ts';
import { checkImages } from './images/check.ts';
import { checkMedium } from './images/check-medium.ts';
import { checkOptions } from './options/check-options.ts';
import { checkPower } from './power/check-power.ts';

/**
 * The rules between the fields of a vm, which its schema cannot say and which need no cluster. Each finding has the
 * place and the pointer of the value that breaks the rule.
 */
export function checkVm(resource: Resource): readonly Diagnostic[] {
  return [
    ...checkFits(resource),
    ...checkDisks(resource),
    ...checkImages(resource),
    ...checkMedium(resource),
    ...checkMemoryAndCpu(resource),
    ...checkNetworkAndConsole(resource),
    ...checkFirewall(resource),
    ...checkDevices(resource),
    ...checkMachine(resource),
    ...checkBoot(resource),
    ...checkExclusive(resource),
    ...checkCloudInit(resource),
    ...checkClone(resource),
    ...checkOptions(resource),
    ...checkPower(resource),
  ];
}
