import type { DeleteEndpoints } from '../generated/api/delete.ts';
import type { GetEndpoints } from '../generated/api/get.ts';
import type { PostEndpoints } from '../generated/api/post.ts';
import type { PutEndpoints } from '../generated/api/put.ts';
import type { PveClient } from './reader.ts';

/** A path that can be read, as in `/nodes/{node}/qemu/{vmid}/config`. */
export type GetPath = keyof GetEndpoints;
/** A path that takes `POST`. */
export type PostPath = keyof PostEndpoints;
/** A path that takes `PUT`. */
export type PutPath = keyof PutEndpoints;
/** A path that takes `DELETE`. */
export type DeletePath = keyof DeleteEndpoints;

/** What reading a path answers. */
export type GetResult<Path extends GetPath> = GetEndpoints[Path]['result'];
/** What `POST` answers: often the UPID of a task. */
export type PostResult<Path extends PostPath> = PostEndpoints[Path]['result'];
/** What `PUT` answers: often null. */
export type PutResult<Path extends PutPath> = PutEndpoints[Path]['result'];
/** What `DELETE` answers: often null, or the UPID of a task. */
export type DeleteResult<Path extends DeletePath> = DeleteEndpoints[Path]['result'];

interface Sending {
  readonly signal?: AbortSignal;
}

/** What follows the path in a call: required where the path or a required parameter needs a value. */
type Following<Options> =
  Readonly<Record<never, never>> extends Options ? [options?: Options & Sending] : [options: Options & Sending];

/** What follows the path in a `get`. */
export type GetArguments<Path extends GetPath> = Following<GetEndpoints[Path]['options']>;
/** What follows the path in a `post`. */
export type PostArguments<Path extends PostPath> = Following<PostEndpoints[Path]['options']>;
/** What follows the path in a `put`. */
export type PutArguments<Path extends PutPath> = Following<PutEndpoints[Path]['options']>;
/** What follows the path in a `delete`. */
export type DeleteArguments<Path extends DeletePath> = Following<DeleteEndpoints[Path]['options']>;

/**
 * The API of the newest version, with the parameters and the answer of each endpoint as types. Answers are the `data` of
 * the response, unchecked; all methods throw `PvevmError`.
 */
export interface PveApi extends Pick<PveClient, 'endpoint' | 'user' | 'close'> {
  get<Path extends GetPath>(path: Path, ...options: GetArguments<Path>): Promise<GetResult<Path>>;
  post<Path extends PostPath>(path: Path, ...options: PostArguments<Path>): Promise<PostResult<Path>>;
  put<Path extends PutPath>(path: Path, ...options: PutArguments<Path>): Promise<PutResult<Path>>;
  delete<Path extends DeletePath>(path: Path, ...options: DeleteArguments<Path>): Promise<DeleteResult<Path>>;
}

/** The same client, with the types of the API. */
export function typedApi(client: PveClient): PveApi {
  // Proxmox VE guarantees the answers, as far as its own schemas do: `npm run gen` made the types from them.
  return client as unknown as PveApi;
}
