import { jsonEqual } from '../../../core/json.ts';
import type { ClusterView } from '../../../pve/cluster.ts';
import { codecOf } from '../../../pve/codecs/codecs.ts';
import { unlessRefused } from '../../../pve/refused.ts';
import type { TextRow } from '../../../pve/text-rows.ts';
import { begin } from '../../begin.ts';
import { OPTION_FIELDS } from '../firewall/values.ts';
import { isInVersion } from '../project.ts';
import type { Draft } from './draft.ts';

const ROOT = '/nodes/{node}/qemu/{vmid}/firewall';

function takeOptions(draft: Draft, options: TextRow, version: string): void {
  for (const field of OPTION_FIELDS) {
    const text = options[field.parameter];
    if (text === undefined || !isInVersion(field, version)) continue;
    const codec = codecOf(field.codec ?? 'string');
    const value = codec.parse(text);
    if (field.absent !== undefined && jsonEqual(codec.fromSpec(field.absent), value)) continue;
    draft.put(field.path, codec.toSpec(value));
  }
  const known = new Set(OPTION_FIELDS.map((field) => field.parameter));
  for (const name of Object.keys(options).sort())
    if (!known.has(name)) draft.lose(`firewall option ${name}`, 'No field stands for it.');
}

/** Begins to read all that there is of a guest's firewall. */
export function beginFirewall(guest: { readonly node: string; readonly vmid: number }, cluster: ClusterView): void {
  for (const path of ['/options', '/rules', '/aliases']) begin(cluster.texts(`${ROOT}${path}`, guest));
  const sets = cluster.texts(`${ROOT}/ipset`, guest).then(({ rows }) => {
    for (const { name = '' } of rows) begin(cluster.texts(`${ROOT}/ipset/{name}`, { ...guest, name }));
  });
  begin(sets);
}

/** Writes what there is of a guest's firewall: options, rules, sets and aliases; nothing where there is nothing. */
export async function takeFirewall(
  draft: Draft,
  { node, vmid }: { readonly node: string; readonly vmid: number },
  version: string,
  cluster: ClusterView,
): Promise<void> {
  const read = async (path: string, name?: string): Promise<readonly TextRow[] | undefined> => {
    const values = name === undefined ? { node, vmid } : { node, vmid, name };
    return (await unlessRefused(cluster.texts(`${ROOT}${path}`, values), undefined))?.rows;
  };
  const [options, rules, aliases, sets] = [
    await read('/options'),
    await read('/rules'),
    await read('/aliases'),
    await read('/ipset'),
  ];
  if (options === undefined || rules === undefined || aliases === undefined || sets === undefined) {
    draft.lose('firewall', `The token may not read it: it lacks VM.Audit on /vms/${vmid}.`);
    return;
  }
  takeOptions(draft, options[0] ?? {}, version);
  const spelled = (codec: string, value: unknown): ReturnType<ReturnType<typeof codecOf>['toSpec']> =>
    codecOf(codec).toSpec(codecOf(codec).parse(JSON.stringify(value)));
  if (rules.length > 0) draft.put('firewall.rules', spelled('firewall-rules', rules));
  for (const { name = '', cidr = '', comment } of aliases) {
    const text = { cidr, ...(comment === undefined ? {} : { comment }) };
    draft.put(`firewall.aliases.${name}`, spelled('firewall-alias', text));
  }
  for (const { name = '', comment } of sets) {
    const entries = (await read('/ipset/{name}', name)) ?? [];
    const text = { ...(comment === undefined ? {} : { comment }), entries };
    draft.put(`firewall.ipSets.${name}`, spelled('firewall-set', text));
  }
}
