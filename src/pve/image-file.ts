/** What a downloaded file is for (pve-storage: PVE/API2/Storage/Status.pm, download_url). */
export type ImageContent = 'iso' | 'vztmpl' | 'import';

/** Where a file comes from, and what is said of it. */
export interface ImageSource {
  readonly url: string;
  /** As in `sha256:…`. */
  readonly checksum?: string;
  readonly content?: ImageContent;
  readonly filename?: string;
  readonly format?: string;
  readonly compression?: string;
}

/** A file as a storage holds it; its volume id is `STORAGE:CONTENT/NAME`. */
export interface ImageFile {
  readonly content: ImageContent;
  readonly name: string;
}

/** Why no file comes of a source: what is lacking, and the key to write. */
export interface ImageProblem {
  readonly key: 'content' | 'filename' | 'format' | 'compression';
  readonly detail: string;
}

// The endings that Proxmox VE takes (pve-storage: PVE/Storage.pm, ISO_EXT_RE_0, VZTMPL_EXT_RE_1, UPLOAD_IMPORT_EXT_RE_1).
const ENDINGS: Readonly<Record<ImageContent, RegExp>> = {
  iso: /\.(?:iso|img)$/i,
  vztmpl: /\.tar\.(?:gz|xz|zst|bz2)$/,
  import: /\.(?:qcow2|raw|vmdk|ova)$/,
};
const LISTED: Readonly<Record<ImageContent, string>> = {
  iso: '.iso or .img',
  vztmpl: '.tar.gz, .tar.xz, .tar.zst or .tar.bz2',
  import: '.qcow2, .raw, .vmdk or .ova',
};
const MAX_NAME = 255;
const DIGITS = 12;

/**
 * What tells the file from others in its name: digits of its checksum; of its address where it has none, since two
 * addresses may end alike.
 */
function markOf({ url, checksum }: ImageSource): string {
  if (checksum !== undefined) return `-${splitChecksum(checksum).digits.slice(0, DIGITS)}`;
  // Loaded when it is needed: few documents have an image, and to load it takes longer than to check one.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return `-url-${createHash('sha256').update(url).digest('hex').slice(0, DIGITS)}`;
}

/** A checksum taken apart, as the API wants it. */
export function splitChecksum(checksum: string): { readonly algorithm: string; readonly digits: string } {
  const at = checksum.indexOf(':');
  return { algorithm: checksum.slice(0, at), digits: checksum.slice(at + 1).toLowerCase() };
}

/** The last part of an address, with what Proxmox VE would replace replaced (PVE/Storage.pm, normalize_content_filename). */
function nameInUrl(url: string, compression: string | undefined): string {
  const path = new URL(url).pathname;
  const last = path.slice(path.lastIndexOf('/') + 1).replace(/[^a-zA-Z0-9+\-.=_]/g, '_');
  const ending = `.${compression}`;
  return compression !== undefined && last.endsWith(ending) ? last.slice(0, -ending.length) : last;
}

function contentOf(name: string): ImageContent | undefined {
  if (/\.iso$/i.test(name)) return 'iso';
  if (ENDINGS.vztmpl.test(name)) return 'vztmpl';
  return /\.(?:qcow2|raw|vmdk|ova|img)$/.test(name) ? 'import' : undefined;
}

/** The stem and the ending of a file's name; a disk image has the ending of its format. */
function partsOf(
  name: string,
  content: ImageContent,
  format: string | undefined,
): readonly [string, string] | undefined {
  const ending = ENDINGS[content].exec(name)?.[0];
  if (content !== 'import') return ending === undefined ? undefined : [name.slice(0, -ending.length), ending];
  if (format !== undefined) return [name.replace(/\.(?:qcow2|raw|vmdk|img)$/, ''), `.${format}`];
  if (ending !== undefined) return [name.slice(0, -ending.length), ending];
  // A raw image under this ending is found out at the download, which looks at the format of what it has got.
  return name.endsWith('.img') ? [name.slice(0, -'.img'.length), '.qcow2'] : undefined;
}

/**
 * The file that a source becomes on a storage. Its name holds the first twelve digits of the checksum, or of that of its
 * address, so that another source is another file; a written name is taken as it is. A problem where Proxmox VE would
 * refuse the name.
 */
export function imageFileOf(source: ImageSource): ImageFile | ImageProblem {
  const { url, filename, format, compression } = source;
  const known = filename ?? nameInUrl(url, compression);
  const content = source.content ?? contentOf(known);
  if (content === undefined)
    return {
      key: 'content',
      detail: `The ending of ${known} does not say what the file is for. Write content: iso, vztmpl or import.`,
    };
  if (compression !== undefined && content !== 'iso')
    return { key: 'compression', detail: 'Proxmox VE unpacks ISO images only. Name a file that is not compressed.' };
  if (filename !== undefined) {
    if (ENDINGS[content].test(filename)) return { content, name: filename };
    return { key: 'filename', detail: `The name of a file for ${content} ends in ${LISTED[content]}.` };
  }
  const parts = partsOf(known, content, format);
  if (parts === undefined)
    return content === 'import'
      ? { key: 'format', detail: `The ending of ${known} says no image format. Write format: qcow2, raw or vmdk.` }
      : { key: 'filename', detail: `${known} does not end in ${LISTED[content]}. Write filename with such an ending.` };
  const [stem, ending] = parts;
  const mark = markOf(source);
  return { content, name: `${stem.slice(0, MAX_NAME - mark.length - ending.length)}${mark}${ending}` };
}

/** The source that a spec of an image says. */
export function imageSourceOf(spec: Readonly<Record<string, unknown>>): ImageSource {
  const text = <Key extends string>(key: Key): Partial<Record<Key, string>> =>
    typeof spec[key] === 'string' ? ({ [key]: spec[key] } as Partial<Record<Key, string>>) : {};
  const { content } = spec;
  return {
    url: String(spec['url']),
    ...text('checksum'),
    ...text('filename'),
    ...text('format'),
    ...text('compression'),
    ...(content === 'iso' || content === 'vztmpl' || content === 'import' ? { content } : {}),
  };
}
