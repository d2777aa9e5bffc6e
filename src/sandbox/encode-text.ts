/** Control and 8-bit characters, `:` and `%` as `%XX` of their UTF-8 bytes (pve-common: PVE/Tools.pm, encode_text). */
export function encodeText(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x39\x3b-\x7e]+/gu, (run) =>
    [...Buffer.from(run, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** The inverse of `encodeText`. */
export function decodeText(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}
