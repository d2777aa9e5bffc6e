import type { Explanations } from './explanation.ts';

/** Errors of access and of the connection. */
export const CONNECTION_ERRORS: Explanations<
  'AUTHENTICATION' | 'PERMISSION' | 'CONNECT' | 'TLS' | 'TIMEOUT' | 'UNKNOWN_OUTCOME'
> = {
  AUTHENTICATION: {
    happened: 'The server does not accept the token, or the user and password.',
    causes: [
      'The token was deleted, has expired, or belongs to another cluster.',
      'The token is not whole: it is `user@realm!name=secret`, with the secret that Proxmox VE shows once.',
      'The realm is missing or wrong: `root@pam` and `root@pve` are two users.',
    ],
    remedies: [
      'Run `pvevm doctor`: it says which credentials are used, and where they come from.',
      'Make a new token in Datacenter, Permissions, API Tokens, or with `pvevm login`.',
    ],
  },
  PERMISSION: {
    happened: 'The token or user may not do, or not read, what is needed. Found by a plan, nothing was written.',
    causes: [
      'A privilege is missing on a path; the message names both.',
      'A token with privilege separation has only the rights that are given to the token itself.',
      'A few settings can be changed by `root@pam` alone, by no token.',
    ],
    remedies: [
      'Give the token a role with that privilege, on that path; the message names a role that has it.',
      'Run `pvevm doctor`: it prints the commands that grant what is missing.',
    ],
  },
  CONNECT: {
    happened: 'No connection to the server, or it was lost.',
    causes: [
      'The host name or the port is wrong; Proxmox VE listens on 8006.',
      'A firewall, a VPN that is down, or a proxy stands in between.',
      'The node, or pveproxy on it, is down.',
    ],
    remedies: [
      'Open the endpoint in a browser from the same machine.',
      'Name several nodes with `--endpoint`: they are tried in order.',
      'If a run was cut off, run the same command again: it finds what was done and goes on.',
    ],
  },
  TLS: {
    happened: 'The server is there, and it is not certain that it is the right one. Nothing was sent to it.',
    causes: [
      'The certificate is self-signed, as Proxmox VE makes it, and no CA or fingerprint is set.',
      'The certificate was renewed, so that the pinned fingerprint is no longer its own.',
      'The host is reached by a name or address that the certificate does not hold.',
    ],
    remedies: [
      'Run `pvevm login`: it shows the fingerprint and pins it. Compare it with that in Node, System, Certificates.',
      'Or give the CA of the cluster, `/etc/pve/pve-root-ca.pem`, with `--ca`.',
    ],
  },
  TIMEOUT: {
    happened: 'Something took longer than it was given: the server, a task, a guest, or its agent.',
    causes: [
      'The node or its storage is busy.',
      'A guest does not shut down, or its agent is not installed in it.',
      'A large disk is copied or moved.',
    ],
    remedies: [
      'Look at the task in Proxmox VE: it goes on without pvevm.',
      'Give it longer with `timeouts` or `waitFor` in the document, and run the command again.',
    ],
  },
  UNKNOWN_OUTCOME: {
    happened: 'A request was sent, its answer was lost, and what is there does not tell whether it was carried out.',
    causes: ['The connection broke, or the node went down, just then.'],
    remedies: [
      'Look at the guest and its tasks in Proxmox VE.',
      'Run the command again: the new plan starts from what is there.',
    ],
  },
};
