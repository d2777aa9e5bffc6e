import type { Diagnostic } from '../core/diagnostic.ts';

/** The largest file that is read, in bytes. */
export const MAX_BYTES: number = 10 * 1000 * 1000;

/** A diagnostic about what was to be read, with its place where there is one. */
export function fileProblem(summary: string, detail: string, range?: Diagnostic['range']): Diagnostic {
  return { severity: 'error', code: 'SPEC_FILE', summary, detail, ...(range === undefined ? {} : { range }) };
}

/** A diagnostic about a file as a whole. Its place is where the file begins: reports of CI systems show no finding without one. */
export function wholeFileProblem(file: string, summary: string, detail: string): Diagnostic {
  return fileProblem(summary, detail, { file, line: 1, column: 1, length: 0 });
}

/** Whether every other one of the first bytes is zero, as in Latin text of two bytes a character. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
  const head = [...bytes.subarray(0, 64)];
  const zeros = (parity: number): boolean => head.every((byte, index) => (index % 2 === parity) === (byte === 0));
  return head.length >= 4 && (zeros(0) || zeros(1));
}

/**
 * The text of a file's bytes: UTF-8, with or without a byte order mark. Bytes that are no text, or text in another
 * encoding, or nothing at all, give a diagnostic instead.
 */
export function decodeText(file: string, bytes: Uint8Array): string | Diagnostic {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return wholeFileProblem(file, 'not UTF-8', `${file} is encoded as UTF-16. Save it as UTF-8.`);
  }
  if (looksLikeUtf16(bytes)) {
    return wholeFileProblem(file, 'not UTF-8', `${file} is encoded as UTF-16, as it seems. Save it as UTF-8.`);
  }
  if (bytes.includes(0)) return wholeFileProblem(file, 'not a text file', `${file} is a binary file.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // The line ends of old Macintosh systems are no line ends to YAML's parser here.
    if (text.includes('\r') && !text.includes('\n')) {
      return wholeFileProblem(
        file,
        'wrong line ends',
        `The lines of ${file} end with carriage returns alone. Save it with Unix line ends.`,
      );
    }
    if (text.trim() !== '') return text;
    return wholeFileProblem(
      file,
      'empty file',
      `${file} holds no document. A document begins with its kind, as in "kind: vm".`,
    );
  } catch {
    const before = new TextDecoder('utf-8').decode(bytes).split('\ufffd', 1)[0] ?? '';
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    return fileProblem('not UTF-8', `Here stands a byte that is no UTF-8 text. Save the file as UTF-8.`, {
      file,
      line,
      column,
      length: 1,
    });
  }
}
