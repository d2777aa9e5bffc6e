import { randomUUID } from 'node:crypto';
import type { Address } from '../../core/address.ts';
import { PvevmError } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Plan } from '../../core/plan.ts';
import type { Resource } from '../../core/resource.ts';
import type { StepRequest } from '../../core/step.ts';

/** What the placeholders of a step stand for when it runs. */
export interface Bindings {
  readonly vmid: number;
  /** Whether `{vmid}` stands for an id that pvevm chose; otherwise a plan holds the id itself. */
  readonly vmidChosen: boolean;
  readonly digest?: string;
  /** The volume that a drive has now. */
  readonly volumeOf?: (key: string) => string | undefined;
  /** The text of a config key as it is now. */
  readonly textOf?: (key: string) => string | undefined;
  /** The id of a guest that the run has made before. */
  readonly vmidOf?: (address: Address) => number | undefined;
}

// A value of a drive begins with its volume; anywhere else the word is the user's own text.
const DRIVE_KEY = /^(ide|sata|scsi|virtio|efidisk|tpmstate)\d+$/;

/** The uuid of a guest that is there, or a new one. */
function uuidIn(smbios: string | undefined): string {
  return /(?:^|,)uuid=([^,]+)/.exec(smbios ?? '')?.[1] ?? randomUUID();
}

function fill(key: string, value: Json, { vmid, vmidChosen, digest, volumeOf, textOf }: Bindings): Json {
  if (typeof value !== 'string') return value;
  if (/^net\d+$/.test(key)) {
    const mac = /^\w+=([0-9A-Fa-f:]{17})(?:,|$)/.exec(textOf?.(key) ?? '')?.[1];
    return mac === undefined ? value : value.replace(/^(\w+=)\{mac\}(?=,|$)/, `$1${mac}`);
  }
  if (DRIVE_KEY.test(key) && value.startsWith('{volume}')) {
    const volume = volumeOf?.(key);
    return volume === undefined ? value : `${volume}${value.slice('{volume}'.length)}`;
  }
  // The texts of smbios1 are base64, so that the word is never the user's.
  if (key === 'smbios1') return value.replace('uuid={uuid}', () => `uuid=${uuidIn(textOf?.(key))}`);
  if (key === 'digest' && value === '{digest}' && digest !== undefined) return digest;
  if (!vmidChosen) return value;
  if ((key === 'vmid' || key === 'newid') && value === '{vmid}') return vmid;
  // As a mark, an HA resource's name and a list of those end; a `{vmid}` anywhere else is the user's own text.
  const names = key === 'description' || key === 'sid' || key === 'resources';
  // The mark of a guest that is not finished, or is ephemeral, has more after that.
  return names ? value.replace(/(?<=:)\{vmid\}(?=(?: unfinished)?(?: until \S+)?$)/, String(vmid)) : value;
}

/** A request with its placeholders filled in: what is sent. */
export function fillRequest(request: StepRequest, bindings: Bindings): StepRequest {
  const params: JsonObject = Object.fromEntries(
    Object.entries(request.params).map(([key, value]) => [key, fill(key, value, bindings)]),
  );
  const path = request.path
    .replaceAll('{vmid}', String(bindings.vmid))
    .replace(/\{vmid:([^}]+)\}/, (whole, address: Address) => String(bindings.vmidOf?.(address) ?? whole));
  return { ...request, path, params };
}

/** Whether a request carries the digest of a read made just before it. */
export function wantsDigest(request: StepRequest): boolean {
  return request.params['digest'] === '{digest}';
}

/** The secret at a path of a resource's document; undefined where the document has none. */
export type SecretSource = (address: Address, path: string) => string | undefined;

/** One secret that a plan needs when it runs. */
export interface WantedSecret {
  readonly address: Address;
  readonly path: string;
  /** The document's file, relative to the folder in which the plan was made. */
  readonly file: string;
}

function pathIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? /^\{secret:(.+)\}$/s.exec(value)?.[1] : undefined;
}

/** The secrets of resources, for the steps that their plan has. */
export function secretsOf(resources: readonly Resource[]): SecretSource {
  const byAddress = new Map(resources.map(({ address, secrets }) => [address, secrets]));
  return (address, path) => byAddress.get(address)?.get(path);
}

/** The secrets that a plan's steps send. */
export function wantedSecrets(plan: Pick<Plan, 'resources'>): readonly WantedSecret[] {
  return plan.resources.flatMap(({ address, source, steps }) =>
    steps.flatMap(({ request }) =>
      (request?.secrets ?? []).flatMap((key) => {
        const path = pathIn(request?.params[key]);
        return path === undefined ? [] : [{ address, path, file: source.file }];
      }),
    ),
  );
}

/** Throws `CONFIG` where a plan needs a secret that nobody gives; nothing has been written then. */
export function requireSecrets(plan: Plan, source: SecretSource): void {
  const missing = wantedSecrets(plan).filter(({ address, path }) => source(address, path) === undefined);
  if (missing.length === 0) return;
  throw new PvevmError('CONFIG', 'cannot apply the plan: it needs secrets that its documents do not give', {
    details: missing.map(({ address, path, file }) => `${address}: ${path} (${file})`),
    hints: ['A plan holds no secrets. Run it where its documents are, with the variables that it was planned with.'],
  });
}

/** A request with its secrets. A text elsewhere that looks like such a placeholder is the user's own. */
export function fillSecrets(request: StepRequest, address: Address, source: SecretSource): StepRequest {
  if (request.secrets === undefined) return request;
  const params: Record<string, Json> = { ...request.params };
  for (const key of request.secrets) {
    const path = pathIn(params[key]);
    const secret = path === undefined ? undefined : source(address, path);
    if (secret === undefined)
      throw new PvevmError('CONFIG', `cannot write ${key} of ${address}: its value is not known`);
    params[key] = secret;
  }
  return { ...request, params };
}
