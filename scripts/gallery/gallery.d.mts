/** What the gallery is played with: the program, and the library's sandbox and client. */
export interface GalleryProgram {
  /** Runs the program; `output` has results and messages in the order in which they came, `stdout` the results alone, for `withJson`. */
  run(
    args: readonly string[],
    where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  ): Promise<{ readonly code: number; readonly output: string; readonly stdout?: string }>;
  readonly startSandbox: unknown;
  readonly createPveClient: unknown;
  /** Whether each plan is made a second time with `--json`. */
  readonly withJson?: boolean;
}

/** A command of the gallery, and what it printed. */
export interface ShownCommand {
  readonly line: string;
  readonly output: string;
  /** What the same plan is as JSON; undefined for what is no plan, and without `withJson`. */
  readonly json?: unknown;
}

export declare function writeGallery(
  program: GalleryProgram,
): Promise<{ readonly page: string; readonly shown: readonly ShownCommand[] }>;
