import { vmFields } from '../../generated/fields/vm.ts';
import type { KindPrivileges } from '../kind-privileges.ts';

const GUEST = '/nodes/{node}/qemu/{vmid}';
const GUEST_ACL = '/vms/{vmid}';
const BRIDGE_ACL = '/sdn/zones/localnetwork/{bridge}';

/** What plan and apply need for guests: from the calls that they make, the fields, and what Proxmox VE checks in its code. */
export const vmPrivileges: KindPrivileges = {
  calls: [
    { command: 'plan', method: 'GET', path: `${GUEST}/pending`, use: 'reading guests' },
    { command: 'plan', method: 'GET', path: `${GUEST}/status/current`, use: 'reading guests' },
    { command: 'plan', method: 'GET', path: '/nodes/{node}/storage/{storage}/content', use: 'looking for images' },
    { command: 'plan', method: 'GET', path: '/cluster/ha/resources', use: 'high availability' },
    { command: 'plan', method: 'GET', path: `${GUEST}/migrate`, use: 'migration', onlyFor: 'onMoved: migrate' },
    { command: 'apply', method: 'PUT', path: `${GUEST}/resize`, use: 'growing disks' },
    { command: 'apply', method: 'POST', path: `${GUEST}/status/start`, use: 'power' },
    { command: 'apply', method: 'POST', path: `${GUEST}/status/shutdown`, use: 'power' },
    { command: 'apply', method: 'POST', path: `${GUEST}/clone`, use: 'cloning', onlyFor: 'clone' },
    { command: 'apply', method: 'POST', path: `${GUEST}/migrate`, use: 'migration', onlyFor: 'onMoved: migrate' },
    {
      ...{ command: 'apply', method: 'GET', path: `${GUEST}/agent/network-get-interfaces` },
      ...{ use: 'asking the guest agent', onlyFor: 'waitFor' },
    },
    { command: 'apply', method: 'DELETE', path: GUEST, use: 'destroying guests' },
    { command: 'apply', method: 'POST', path: '/cluster/ha/resources', use: 'high availability', onlyFor: 'ha' },
    { command: 'apply', method: 'PUT', path: '/pools', use: 'pool membership', onlyFor: 'pool' },
  ],
  checks: [
    {
      ...{ command: 'plan', path: '/pool/{poolid}', privileges: ['Pool.Audit'] },
      ...{ uses: ['pool membership'], onlyFor: 'pool' },
    },
    {
      ...{ command: 'plan', path: BRIDGE_ACL, privileges: ['SDN.Audit', 'SDN.Use'], since: '8.0' },
      uses: ['listing bridges'],
    },
    // qemu-server: PVE/API2/Qemu.pm, create_vm, check_storage_access, check_bridge_access, check_vm_modify_config_perm.
    { command: 'apply', path: GUEST_ACL, privileges: ['VM.Allocate'], uses: ['creating guests'] },
    { command: 'apply', path: '/storage/{storage}', privileges: ['Datastore.AllocateSpace'], uses: ['creating disks'] },
    { command: 'apply', path: BRIDGE_ACL, privileges: ['SDN.Use'], since: '8.0', uses: ['network devices'] },
    // The other keys of cloud-init are content with VM.Config.Network.
    {
      ...{ command: 'apply', path: GUEST_ACL, privileges: ['VM.Config.Cloudinit'] },
      ...{ uses: ['the cloud-init drive'], onlyFor: 'cloudInit' },
    },
    {
      ...{ command: 'apply', path: '/', privileges: ['Sys.Modify'] },
      ...{ uses: ['the order of start-up'], onlyFor: 'startup' },
    },
  ],
  fields: { path: GUEST_ACL, of: vmFields },
};
