import * as nodeModule from 'node:module';

// Node has it from 22.8 on, the types of Node 20 not at all.
(nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();

/** A reader that went away (`pvevm … | head`) is no failure. */
function tolerateClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

process.stdout.on('error', tolerateClosedPipe);
process.stderr.on('error', tolerateClosedPipe);

const END_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  // Looking at standard input opens it, which costs time and may hold the process.
  get stdin() {
    return process.stdin;
  },
  env: process.env,
  cwd: process.cwd(),
  signals: {
    listen(handler) {
      for (const signal of END_SIGNALS) process.on(signal, handler);
      return () => {
        for (const signal of END_SIGNALS) process.off(signal, handler);
      };
    },
    obey(signal) {
      for (const name of END_SIGNALS) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    },
  },
});
