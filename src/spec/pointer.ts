/** The pointer of a child: `/disks` and `scsi0` make `/disks/scsi0`. Takes care of `/` and `~` in the key. */
export function childPointer(pointer: string, key: string | number): string {
  // Seldom has a key one of the two, and this is asked for each value of each document.
  if (typeof key === 'number' || !(key.includes('~') || key.includes('/'))) return `${pointer}/${key}`;
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a JSON pointer goes through, from the top. */
export function keysOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A pointer in the words of a spec: `/disks/1/size` is `disks[1].size`; the empty pointer is the empty text. */
export function displayPointer(pointer: string): string {
  return keysOf(pointer)
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}
