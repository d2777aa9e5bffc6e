import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Resource } from '../../src/core/resource.ts';
import { type LoadedResources, loadResources } from '../../src/spec/load.ts';
import type { SourceOptions } from '../../src/spec/source.ts';

/** Loads files from a new folder, which is the working folder too, and removes it. */
export async function loadFiles(
  files: Readonly<Record<string, string>>,
  inputs: readonly string[] = [],
  stdin = '',
  options: Partial<SourceOptions> = {},
): Promise<LoadedResources> {
  const cwd = mkdtempSync(join(tmpdir(), 'pvevm-test-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    return await loadResources(inputs, { ...options, cwd, readStdin: async () => new TextEncoder().encode(stdin) });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** The one resource of a text in `vm.yaml`, with an optional project file; throws where there are errors. */
export async function loadOne(text: string, project?: string): Promise<Resource> {
  const files = { 'vm.yaml': text, ...(project === undefined ? {} : { 'pvevm.yaml': project }) };
  const { resources, diagnostics } = await loadFiles(files);
  const [resource] = resources;
  if (resource === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return resource;
}
