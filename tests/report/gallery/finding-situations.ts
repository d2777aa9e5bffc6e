import type { Diagnostic } from '../../../src/core/diagnostic.ts';
import { formatDiagnostics } from '../../../src/report/diagnostics-text.ts';
import type { Situation } from './situation.ts';

const FILES = new Map([
  ['web.yaml', 'kind: vm\nname: web-01\nmemori: { size: 4GiB }\ndisks:\n  scsi0: { size: 32GB }\n'],
]);

function finding(more: Partial<Diagnostic>): Diagnostic {
  return {
    ...{ severity: 'error', code: 'SPEC_INVALID', summary: 'unknown key', address: 'vm/web-01' },
    detail: "There is no key 'memori' here. Did you mean 'memory'?",
    range: { file: 'web.yaml', line: 3, column: 1, length: 6 },
    ...more,
  } as Diagnostic;
}

function situation(title: string, found: readonly Diagnostic[]): Situation {
  return { title, show: ({ theme, width }) => formatDiagnostics(found, FILES, theme, Math.min(width, 110)) };
}

const size = finding({
  ...{ summary: 'unit of a size' },
  detail: "'32GB' is not a size: Proxmox VE counts in powers of 1024. Write 32GiB, which is a little more.",
  range: { file: 'web.yaml', line: 5, column: 18, length: 4 },
});
const storage: Diagnostic = {
  ...{ severity: 'error', code: 'PVE_NOT_FOUND', summary: 'storage does not exist', address: 'vm/web-01' },
  detail: "Node pve1 has no storage 'ceph-pool', which is the built-in default. It has: local, local-lvm.",
};
const note: Diagnostic = {
  ...{ severity: 'note', code: 'PERMISSION', summary: 'not checked' },
  detail: 'Whether bridge vmbr0 exists was not checked: the token needs Sys.Audit on /nodes/pve1.',
};

/** What is found in documents, and on the cluster. */
export const findingSituations: readonly Situation[] = [
  situation('a misspelt key', [finding({})]),
  situation('two errors in one document', [size, finding({})]),
  situation('something is missing on the cluster', [storage]),
  situation('a note', [note]),
  situation('an error, a warning and a note', [note, { ...storage, severity: 'warning' }, size]),
  situation(
    'one error of many instances',
    ['vm/web-01', 'vm/web-02', 'vm/web-03'].map((address) => finding({ address } as Partial<Diagnostic>)),
  ),
];
