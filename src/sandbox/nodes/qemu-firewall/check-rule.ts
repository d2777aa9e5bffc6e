import { parameterFailure } from '../../api-error.ts';
import type { ClusterFirewall } from '../../files/cluster-firewall-file.ts';
import type { Firewall } from '../../files/firewall-file.ts';
import { ipVersionOf } from './firewall.ts';

const ACTIONS = new Set(['ACCEPT', 'DROP', 'REJECT']);
const PORT_PROTOCOLS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite', '6', '17', '33', '132', '136']);

/** The names that `macro` may have (pve-firewall: PVE/Firewall.pm, pve_fw_macros). */
export const MACROS: ReadonlySet<string> = new Set(
  (
    'Amanda Auth BGP BitTorrent BitTorrent32 CVS Ceph Citrix DAAP DCC DHCPfwd DHCPv6 DNS Distcc FTP Finger GNUnet GRE ' +
    'Git HKP HTTP HTTPS ICPV2 ICQ IMAP IMAPS IPIP IPsec IPsecah IPsecnat IRC Jetdirect L2TP LDAP LDAPS MDNS MSNP MSSQL ' +
    'Mail Munin MySQL NNTP NNTPS NTP NeighborDiscovery OSPF OpenVPN PCA PMG POP3 POP3S PPtP Ping PostgreSQL Printer RDP ' +
    'RIP RNDC Razor Rdate Rsync SANE SMB SMBswat SMTP SMTPS SNMP SPAMD SPICEproxy SSH SVN SixXS Squid Submission Syslog ' +
    'TFTP Telnet Telnets Time Trcrt VNC VNCL Web Webcache Webmin Whois'
  ).split(' '),
);

/** Throws what Proxmox VE says of a rule that cannot be (pve-firewall: PVE/Firewall.pm, verify_rule). */
export function checkRule(rule: Readonly<Record<string, string>>, guest: Firewall, cluster: ClusterFirewall): void {
  const errors: Record<string, string> = {};
  const { type = '', action = '', macro, proto, iface } = rule;
  if (type === 'group') {
    if (!/^[A-Za-z][A-Za-z0-9\-_]+$/.test(action)) errors['action'] = `invalid characters in security group name`;
    else if (!cluster.groups.some(({ name }) => name === action))
      errors['action'] = `security group '${action}' does not exist`;
  } else if (type === 'forward') errors['type'] = "unknown rule type 'forward'";
  else if (!ACTIONS.has(action)) errors['action'] = `unknown action '${action}'`;
  if (macro !== undefined && !MACROS.has(macro)) errors['macro'] = `unknown macro '${macro}'`;
  if (iface !== undefined && !/^net\d+$/.test(iface)) {
    errors['iface'] = 'value does not look like a valid network interface';
  }
  for (const key of ['dport', 'sport']) {
    if (rule[key] === undefined) continue;
    if (proto === undefined) errors['proto'] = `missing property - '${key}' requires this property`;
    else if (!PORT_PROTOCOLS.has(proto)) errors['proto'] = `protocol ${proto} does not support ports`;
  }
  if (rule['icmp-type'] !== undefined && proto === undefined) {
    errors['proto'] = "missing property - 'icmp-type' requires this property";
  }
  for (const key of ['source', 'dest']) {
    const value = rule[key];
    const [, setScope, set] = /^\+(?:(guest|dc)\/)?(.+)$/.exec(value ?? '') ?? [];
    const [, aliasScope, alias] = /^(?:(guest|dc)\/)?([A-Za-z][A-Za-z0-9\-_]+)$/.exec(value ?? '') ?? [];
    const ipsets = scopesOf(setScope, guest, cluster).flatMap((firewall) => firewall.ipsets);
    const aliases = scopesOf(aliasScope, guest, cluster).flatMap((firewall) => firewall.aliases);
    if (set !== undefined && !ipsets.some(({ name }) => name === set)) errors[key] = `no such ipset '${set}'`;
    else if (set === undefined && alias !== undefined && !aliases.some(({ name }) => name === alias.toLowerCase())) {
      errors[key] = `no such alias '${alias}'`;
    }
  }
  const versions = [ipVersionOf(rule['source']), ipVersionOf(rule['dest'])];
  if (versions[0] !== undefined && versions[1] !== undefined && versions[0] !== versions[1]) {
    errors['dest'] = 'detected mixed ipv4/ipv6 addresses in rule';
  }
  if (Object.keys(errors).length > 0) throw parameterFailure(errors);
}

/** Where a name is looked for: at the guest and then at the cluster, or at the one that the name says. */
function scopesOf(scope: string | undefined, guest: Firewall, cluster: Firewall): readonly Firewall[] {
  return scope === 'guest' ? [guest] : scope === 'dc' ? [cluster] : [guest, cluster];
}
