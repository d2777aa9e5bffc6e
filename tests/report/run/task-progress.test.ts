import { expect, it } from 'vitest';
import { percentOf, wordsOf } from '../../../src/report/run/task-progress.ts';

it.each([
  ['transferred 0.0 B of 528.0 KiB (0.00%)', 0],
  ['transferred 1.0 GiB of 3.0 GiB (33.33%)', 33],
  ['transferred 2.0 GiB of 2.0 GiB (100.00%)', 100],
  ['mirror-scsi0: transferred 1.1 GiB of 32.0 GiB (3.44%) in 5s', 3],
  ['migration active, transferred 1.0 GiB of 4.0 GiB VM-state, 112.3 MiB/s', 25],
  ['migration active, transferred 512.0 MiB of 1.0 GiB VM-state, 112.3 MiB/s', 50],
  ['migration active, transferred 5.0 GiB of 4.0 GiB VM-state, 112.3 MiB/s', 100],
  ['  32768K ........ ........ ........ ........ 10% 45.6M 8s', 10],
  ['progress 12% (read 412316860 bytes, duration 3 sec)', 12],
  ['INFO:  12% (4.0 GiB of 32.0 GiB) in 3s, read: 1.3 GiB/s, write: 1.2 GiB/s', 12],
])('reads how far a task is from %j', (line, percent) => {
  expect(percentOf(line)).toBe(percent);
});

it.each([
  '',
  'create full clone of drive scsi0 (local-lvm:vm-100-disk-0)',
  '/200/vm-200-disk-0.raw: 54/65536 files (0.0% non-contiguous), 13059/262144 blocks',
  'transferred file size: 256,078 bytes',
  'transferred 0.0 B of 0.0 B',
  'all mirroring jobs are ready',
])('reads nothing of that from %j', (line) => {
  expect(percentOf(line)).toBeUndefined();
});

it('takes the dots of a download for no words', () => {
  expect(wordsOf('  32768K ........ ........ ........ ........ 10% 45.6M 8s')).toBe('');
  expect(wordsOf(' transferred 1.0 GiB of 3.0 GiB (33.33%)')).toBe('transferred 1.0 GiB of 3.0 GiB (33.33%)');
});
