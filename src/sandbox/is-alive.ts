import { readText } from './files/state-folder.ts';

/** Whether a process of that id runs, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When a process started, in ticks since the machine did: ids are given again, after a restart too. Only Linux says it;
 * undefined elsewhere.
 */
export function startOfProcess(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  // The name, in parentheses, may hold blanks; the start is the 22nd field (proc_pid_stat(5)).
  const [, fields] = /\) (.*)/.exec(readText(`/proc/${pid}/stat`) ?? '') ?? [];
  return fields?.split(' ')[19];
}
