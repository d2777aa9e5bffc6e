/** Why a file cannot be written, in words, and what to do about it. */
export interface FileProblem {
  readonly reason: string;
  readonly hint: string;
}

// By the system's codes (errno(3)).
const PROBLEMS: Readonly<Record<string, FileProblem>> = {
  ENOSPC: { reason: 'the disk is full', hint: 'Make room there, or name another place.' },
  EDQUOT: { reason: 'your share of the disk is used up', hint: 'Make room there, or name another place.' },
  EFBIG: { reason: 'no file may be that large', hint: 'Look at ulimit -f, or name another place.' },
  EROFS: { reason: 'the file system is read-only', hint: 'Name another place, or mount it for writing.' },
  EACCES: { reason: 'you may not write there', hint: 'Name another place, or make it writable.' },
  EPERM: { reason: 'you may not write there', hint: 'Name another place, or make it writable.' },
  ENOENT: { reason: 'there is no such folder', hint: 'Make the folder, or name another place.' },
  ENOTDIR: { reason: 'a part of its path is no folder', hint: 'Name another place.' },
  EISDIR: { reason: 'it is a folder', hint: 'Name a file.' },
  EEXIST: { reason: 'something else has that name', hint: 'Look at it, or name another place.' },
  EIO: { reason: 'the disk does not work', hint: 'Look at the disk, or name another place.' },
};

/** What the system says of a file that could not be written; undefined for what is no such error, or says nothing to people. */
export function fileProblem(error: unknown): FileProblem | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
}
