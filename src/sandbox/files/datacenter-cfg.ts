/** Reads `datacenter.cfg`; its comment lines are the description (pve-cluster: PVE/DataCenterConfig.pm). */
export function parseDatacenterCfg(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  let description = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) description += `${line.slice(1)}\n`;
    const [, key, value] = /^([a-z][a-z0-9_-]*):\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) result[key] = value;
  }
  if (description !== '') result['description'] = description;
  return result;
}

/** The text of `datacenter.cfg`. */
export function formatDatacenterCfg(values: Readonly<Record<string, string>>): string {
  const { description, ...rest } = values;
  const comments = (description ?? '').split('\n').filter((line) => line !== '');
  const lines = Object.keys(rest)
    .sort()
    .map((key) => `${key}: ${rest[key]}\n`);
  return [...comments.map((line) => `#${line}\n`), ...lines].join('');
}
