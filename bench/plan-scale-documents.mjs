/** The id of the first guest that the light server of the plans at scale has. */
export const FIRST_VMID = 1000;

function documentOf(index, scenario) {
  const named = `kind: vm\nname: ${scenario === 'new' ? 'new' : 'guest'}-${index}\n`;
  const text = `${named}memory: { size: 4GiB }\n`;
  switch (scenario) {
    case 'vmid':
      return `${text}vmid: ${FIRST_VMID + index}\n`;
    case 'firewall':
      return `${text}firewall: { enabled: true, rules: [{ action: ACCEPT, dport: 22, protocol: tcp }] }\n`;
    default:
      return text;
  }
}

/** The text of so many documents; each differs from its guest in one value. */
export function documentsOf(count, scenario) {
  return Array.from({ length: count }, (_, index) => documentOf(index, scenario)).join('---\n');
}
