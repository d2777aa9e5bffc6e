import type { Diagnostic } from '../../core/diagnostic.ts';
import { PvevmError } from '../../core/error.ts';
import { originOf, type Resource, rangeOf } from '../../core/resource.ts';
import { GIB } from '../../core/units.ts';
import { unlessRefused } from '../../pve/refused.ts';
import { begin } from '../begin.ts';
import type { ObjectObservation, PlanContext } from '../kind.ts';
import { besides } from '../space-ledger.ts';
import { told } from '../told.ts';

/** What the address of an image came to. */
interface Reached {
  readonly diagnostics: readonly Diagnostic[];
  /** Bytes, where the file's server tells them. */
  readonly size?: number;
}

/** The answer of the file's server in the words of Proxmox VE's failure; undefined for a failure of another kind. */
function answerIn({ message }: PvevmError): { readonly status: number; readonly text: string } | undefined {
  const [, status, text] = /invalid server response: '(\d+) ?(.*?)'?$/.exec(message) ?? [];
  return status === undefined || text === undefined ? undefined : { status: Number(status), text };
}

/** Whether the nodes reach others through a proxy, which the question may pass by and the download does not. */
async function hasProxy({ cluster }: PlanContext): Promise<boolean> {
  const options = await unlessRefused(cluster.texts('/cluster/options'), undefined);
  return options?.rows.some((row) => row['http_proxy'] !== undefined) === true;
}

async function failed(
  resource: Resource,
  node: string,
  error: PvevmError,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const url = `url is ${String(resource.spec['url'])} (${originOf(resource, '/url').text})`;
  if (error.code === 'PERMISSION') {
    const onRoot = 'Sys.Audit and Sys.Modify on /';
    const isOld = Number.parseInt((await context.cluster.version()).version, 10) < 8;
    const takes = isOld ? onRoot : `Sys.AccessNetwork on /nodes/${node}, or ${onRoot}`;
    const detail = `${url}. Whether ${node} reaches it is not checked: asking takes ${takes}, which ${context.user} does not hold.`;
    return [told(resource, 'url', 'note', 'PERMISSION', 'the address is not checked', detail)];
  }
  const answer = answerIn(error);
  if (answer === undefined) {
    const detail = `${url}. Whether ${node} reaches it could not be found out (${error.message}). The download may fail.`;
    return [told(resource, 'url', 'warning', error.code, 'the address is not checked', detail)];
  }
  const { status, text } = answer;
  if (status === 404 || status === 410) {
    const detail = `${url}, and its server says to ${node}: ${status} ${text}. Write the address of a file that is there.`;
    return [told(resource, 'url', 'error', 'MISSING', 'the image is not at its address', detail)];
  }
  // libwww-perl gives the failure of a connection as an answer of its own.
  const isUnreached = status === 500 && /^Can't connect/.test(text);
  if (isUnreached && !(await hasProxy(context))) {
    const detail = `${url}, which ${node} does not reach: ${text}. Check the name and the port, and that the node may go there; or put the file on the storage by hand.`;
    return [told(resource, 'url', 'error', 'MISSING', 'the image cannot be reached', detail)];
  }
  const detail = `${url}. ${node} asked its server for no more than the head of the file, and got: ${status} ${text}. Some servers refuse that, and a proxy may be needed for it; the download may fail.`;
  return [told(resource, 'url', 'warning', 'MISSING', 'the image may not be reachable', detail)];
}

/**
 * Lets the node that would download an image ask for it, without downloading it (pve-manager: PVE/API2/Nodes.pm,
 * query_url_metadata). What is surely not there is an error; a token that may not ask gets a note.
 */
async function reach(resource: Resource, node: string, context: PlanContext): Promise<Reached> {
  const { url, verifyCertificates } = resource.spec;
  try {
    const { size } = await context.cluster.urlMetadata(node, String(url), verifyCertificates !== false);
    return { diagnostics: [], ...(size === undefined ? {} : { size }) };
  } catch (error) {
    if (!(error instanceof PvevmError)) throw error;
    return { diagnostics: await failed(resource, node, error, context) };
  }
}

/** Begins to ask for the file of an image that is to be downloaded. */
export function beginReach({ spec }: Resource, { node, live }: ObjectObservation, { cluster }: PlanContext): void {
  if (live !== undefined) return;
  begin(cluster.urlMetadata(node, String(spec['url']), spec['verifyCertificates'] !== false));
}

/** Whether an image can be downloaded to where it is to be: its address answers, and the storage has room for it. */
export async function reachProblems(
  resource: Resource,
  { node }: ObjectObservation,
  context: PlanContext,
): Promise<readonly Diagnostic[]> {
  const { diagnostics, size } = await reach(resource, node, context);
  const name = String(resource.spec['storage']);
  const storage = (await context.cluster.storagesOf(node)).find((row) => row.storage === name);
  if (size === undefined || storage === undefined) return diagnostics;
  const claim = { by: resource.address, storage: name, node, shared: storage.shared, firm: size, thin: 0 };
  const strain = context.space.claim(claim, storage.avail);
  if (strain === undefined) return diagnostics;
  const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
  const wanted = `storage is ${name} (${originOf(resource, '/storage').text}), where ${gib(storage.avail)} are free, and the file has ${gib(size)}${besides(strain)}.`;
  const detail = strain.isRefused
    ? `${wanted} The download would fail. Write another storage, or make room.`
    : `${wanted} The storage promises room that it does not have. Write another storage, or make room.`;
  const range = rangeOf(resource, '/storage');
  const place = { range, address: resource.address, pointer: '/storage' };
  const severity = strain.isRefused ? 'error' : 'warning';
  const summary = 'the storage has less space than the images take';
  return [...diagnostics, { severity, code: 'MISSING', summary, detail, ...place }];
}
