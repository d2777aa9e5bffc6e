import { isObject } from '../../../src/core/json.ts';

/** What measures a host rather than says how the API behaves: only whether it is there, and its type, is compared. */
const MEASURED: ReadonlySet<string> = new Set(
  `avail boot-info cpu cpuinfo ctime current-kernel disk diskread diskwrite endtime free idle kversion loadavg maxcpu maxdisk maxmem mem
  memory memhost mtime netin netout pid pstart rootfs snaptime ssl_fingerprint starttime swap total upid uptime used
  used_fraction wait`.split(/\s+/),
);
/** What of a guest's status a running QEMU, or the host's kernel, says of it. */
const OF_QEMU: ReadonlySet<string> = new Set(
  `balloon ballooninfo blockstat clipboard freemem nics pressurecpufull pressurecpusome pressureiofull pressureiosome
  pressurememoryfull pressurememorysome proxmox-support running-machine running-qemu`.split(/\s+/),
);
/** Lists whose order is by chance in the real answers. */
const UNORDERED: ReadonlySet<string> = new Set(['content']);

/** Where a value stands. */
export interface Place {
  /** The path of the request, below `/api2/json`. */
  readonly path: string;
}

/** Progress, which depends on the moment, and what programs said that the recordings' host lacked. */
const NOISE = /^(?:transferred |Can't exec "udevadm"|.*\(Use of uninitialized|WARNING: .*udev)/;
// qemu-img lists all its options; only the file, its format and its size are the API's choice.
const FORMATTING = /^(Formatting '[^']*', fmt=\w+) .*?\b(size=\d+)\b.*$/;

/** An answer's body without what is never the same twice: times, addresses, ids, measurements, and the order of keys. */
export function normaliseBody(body: unknown, { path }: Place): unknown {
  const isConfig = /\/(?:config|pending|cloudinit)$/.test(path);
  const isStatus = /\/(?:qemu|lxc|status\/current|resources)$/.test(path);
  const visit = (value: unknown, key: string, depth: number): unknown => {
    if (path.endsWith('/agent/get-time') && key === 'result') return `<${typeof value}>`;
    if (depth > 0 && (key === 'snaptime' || (!isConfig && MEASURED.has(key)))) return `<${typeof value}>`;
    if (key === 'exitstatus') return String(value).replace(/^WARNINGS: \d+$/, 'OK');
    if (typeof value === 'string') return UNORDERED.has(key) ? sortedList(value) : maskText(value, key);
    if (Array.isArray(value)) return sortItems(value.map((item) => visit(item, key, depth + 1)));
    if (!isObject(value)) return value;
    if (value['key'] === 'digest') return { key: 'digest' };
    const keys = Object.keys(value).filter((name) => !(isStatus && OF_QEMU.has(name)));
    return Object.fromEntries(keys.sort().map((name) => [name, visit(value[name], name, depth + 1)]));
  };
  return visit(/\/tasks\/[^/]+\/log$/.test(path) ? withoutNoise(body) : body, '', -1);
}

// Tasks of the recordings' host ended in warnings that no line of their logs says: its stand-ins lacked a program.
function outcomeOf(text: string, all: readonly string[]): string {
  const isUnsaid = /^TASK WARNINGS: \d+$/.test(text) && !all.some((line) => line.startsWith('WARN: '));
  return isUnsaid ? 'TASK OK' : text;
}

/** A task's log as its lines; their numbers follow from the order. */
function withoutNoise(body: unknown): unknown {
  const lines = isObject(body) ? body['data'] : undefined;
  if (lines === undefined) return body;
  return [lines]
    .flat()
    .map((line) => (isObject(line) ? String(line['t']) : ''))
    .filter((text) => !NOISE.test(text))
    .map((text, index, all) => ({ n: index, t: outcomeOf(text.replace(FORMATTING, '$1 $2'), all) }));
}

function sortedList(text: string): string {
  return text.split(',').sort().join(',');
}

/** The order of a list is that of its items' own texts, since the real one is often by chance. */
function sortItems(items: readonly unknown[]): readonly unknown[] {
  const texts = new Map(items.map((item) => [item, JSON.stringify(item)]));
  return [...items].sort((left, right) => ((texts.get(left) ?? '') < (texts.get(right) ?? '') ? -1 : 1));
}

/** A text with its generated parts replaced by what they are. */
function maskText(text: string, key = ''): string {
  if (key === 'digest' || key === 'ticket' || key === 'CSRFPreventionToken') return `<${key}>`;
  return text
    .replace(/UPID:(\w+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:/g, 'UPID:$1:')
    .replace(/BC:24:11(?::[0-9A-F]{2}){3}/gi, '<MAC>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<UUID>')
    .replace(/^--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--/, '--<time>--')
    .replace(/\bfe80::[0-9a-f:]+/g, '<link-local>')
    .replace(/ctime=\d+/g, 'ctime=<time>');
}
