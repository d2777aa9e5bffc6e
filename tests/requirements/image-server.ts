import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/** Bytes as a raw disk image, which is as large as its disk. */
const RAW_SIZE: number = 2 * 1024 ** 2;

/** A server of image files on this machine; it remembers what was asked of it. */
export interface ImageServer {
  readonly base: string;
  /** The paths whose files were fetched, in order. */
  readonly asked: readonly string[];
  /** The paths of which only the head was asked for, in order. */
  readonly heads: readonly string[];
  /** The checksum of a path's file, as documents write it. */
  checksum(path: string): string;
  close(): void;
}

/** The header of a qcow2 file whose disk has so many bytes. */
function qcow2(size: number): Buffer {
  const header = Buffer.alloc(4096);
  header.writeUInt32BE(0x51_46_49_fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(BigInt(size), 24);
  return header;
}

/**
 * Starts the server: `*.raw` and `*.iso` are 2 MiB, `*.qcow2` and `*.img` hold a disk of 3 GiB; `gone*` is not there,
 * `shy*` refuses to give its head alone, and `large-9GiB*` is said to be that large.
 */
export async function startImageServer(): Promise<ImageServer> {
  const asked: string[] = [];
  const heads: string[] = [];
  const fileOf = (path: string): Buffer =>
    /\.(qcow2|img)$/.test(path) ? qcow2(3 * 1024 ** 3) : Buffer.alloc(RAW_SIZE, path);
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    (request.method === 'HEAD' ? heads : asked).push(path);
    // A server may say that a file is larger than what it gives.
    const large = /^\/large-(\d+)GiB/.exec(path)?.[1];
    const length = large === undefined ? fileOf(path).length : Number(large) * 1024 ** 3;
    if (path.startsWith('/gone')) response.writeHead(404).end();
    else if (path.startsWith('/shy') && request.method === 'HEAD') response.writeHead(403).end();
    else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': length }).end();
    else response.writeHead(200).end(fileOf(path));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    base: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    asked,
    heads,
    checksum: (path) => `sha256:${createHash('sha256').update(fileOf(path)).digest('hex')}`,
    close: () => void server.close(),
  };
}
