import type { Metafile } from 'esbuild';

interface Script {
  readonly name: string;
  readonly metafile: Metafile;
}

export declare function bundleScripts(
  root: string,
  outdir: string,
): Promise<{ readonly paths: Script; readonly documents: Script; readonly beside: Metafile }>;
