import type { Project } from '../core/resource.ts';
import { findProjectFile, loadProject } from '../spec/project.ts';

/** What the project file of a folder says of the connection, or that of a folder above; one with mistakes says nothing. */
export async function projectHere(cwd: string): Promise<Pick<Project, 'context'>> {
  const path = await findProjectFile(cwd);
  return path === undefined ? {} : (await loadProject(path, cwd)).project;
}
