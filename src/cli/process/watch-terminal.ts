import type { TerminalChange } from '../io.ts';

/** What a terminal and its process are to the watch; a test has its own. */
export interface WatchedTerminal {
  write(text: string): unknown;
  on(name: 'resize', handler: () => void): unknown;
  off(name: 'resize', handler: () => void): unknown;
}

// xterm: DECTCEM. Terminals that cannot hide it ignore this.
const SHOW_CURSOR = '\x1b[?25h';

/**
 * Watches a terminal while somebody draws on it: tells of a new size, and of the program's going on after Ctrl-Z; and
 * shows the cursor again before the process is stopped, ends, or is ended by Ctrl-\. Returns what ends the watch.
 */
export function watchTerminal(terminal: WatchedTerminal, handler: (what: TerminalChange) => void): () => void {
  const restore = (): void => void terminal.write(SHOW_CURSOR);
  const onResize = (): void => handler('resized');
  const onStop = (): void => {
    restore();
    process.kill(process.pid, 'SIGSTOP');
  };
  const onContinue = (): void => handler('resumed');
  const onQuit = (): void => {
    restore();
    process.off('SIGQUIT', onQuit);
    process.kill(process.pid, 'SIGQUIT');
  };
  terminal.on('resize', onResize);
  process.on('exit', restore);
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  process.on('SIGQUIT', onQuit);
  return () => {
    terminal.off('resize', onResize);
    process.off('exit', restore);
    process.off('SIGTSTP', onStop);
    process.off('SIGCONT', onContinue);
    process.off('SIGQUIT', onQuit);
  };
}
