import { type Firewall, formatFirewall, parseFirewall } from './firewall-file.ts';

/** A security group, without its rules, which the sandbox does not model. */
export interface SecurityGroup {
  readonly name: string;
  readonly comment?: string;
}

/** The firewall of the cluster. */
export interface ClusterFirewall extends Firewall {
  readonly groups: readonly SecurityGroup[];
}

/** Where the firewall of the cluster stands. */
export const CLUSTER_FIREWALL_FILE = 'firewall/cluster.fw';

const GROUP = /^\[group\s+(\S+)\](?:\s+#\s*(.*))?$/i;

/** Reads the firewall of the cluster: that of a guest, and security groups (pve-firewall: PVE/Firewall.pm). */
export function parseClusterFirewall(text: string): ClusterFirewall {
  const groups = text.split('\n').flatMap((line): readonly SecurityGroup[] => {
    const [, name, comment] = GROUP.exec(line.trim()) ?? [];
    if (name === undefined) return [];
    return [{ name: name.toLowerCase(), ...(comment === undefined || comment === '' ? {} : { comment }) }];
  });
  return { ...parseFirewall(text), groups };
}

/** The text of the cluster's firewall (PVE/Firewall.pm, save_clusterfw_conf). */
export function formatClusterFirewall(firewall: ClusterFirewall): string {
  const groups = firewall.groups.map(
    ({ name, comment }) => `[group ${name}]${comment === undefined ? '' : ` # ${comment.replaceAll('\n', ' ')}`}\n\n`,
  );
  return formatFirewall(firewall) + groups.join('');
}
