import type { ConnectionOptions } from '../connection-options.ts';
import { contextFamily, currentContextFamily } from './context-family.ts';
import type { Family, SettingsIo } from './family.ts';
import { flagsFamily, ownFamily } from './own-family.ts';
import { pmFamily } from './pm-family.ts';
import { proxmoxFamily } from './proxmox-family.ts';
import { proxmoxVeFamily } from './proxmox-ve-family.ts';
import { variable } from './variables.ts';

/** What a project file says about the connection. */
export interface ProjectSettings {
  readonly context?: string;
}

/** The name of a context, and what named it. */
export interface NamedContext {
  readonly name: string;
  readonly by: string;
}

/** The context that somebody has named: by flag, variable or project file, in this order. */
export function namedContext(
  { context }: ConnectionOptions,
  env: SettingsIo['env'],
  project: ProjectSettings,
): NamedContext | undefined {
  if (context !== undefined) return { name: context, by: '--context' };
  const fromVariable = variable(env, 'PVEVM_CONTEXT');
  if (fromVariable !== undefined) return { name: fromVariable, by: 'PVEVM_CONTEXT' };
  return project.context === undefined ? undefined : { name: project.context, by: 'context in pvevm.yaml' };
}

/**
 * The sources in the order of precedence. Each is read when its turn comes, so that a file that is not needed cannot be
 * in the way.
 */
export function familyReaders(
  options: ConnectionOptions,
  io: SettingsIo,
  project: ProjectSettings,
): readonly (() => Promise<Family>)[] {
  const named = namedContext(options, io.env, project);
  const typed = options.context !== undefined;
  const context = named === undefined ? [] : [async () => contextFamily(named, io)];
  return [
    async () => flagsFamily(options, io),
    ...(typed ? context : []),
    async () => ownFamily(io),
    ...(typed ? [] : context),
    async () => proxmoxVeFamily(io),
    async () => pmFamily(io),
    async () => proxmoxFamily(io),
    ...(named === undefined ? [async () => currentContextFamily(io)] : []),
  ];
}
