import type { KindPrivileges } from '../kind-privileges.ts';

const STORAGE = '/nodes/{node}/storage/{storage}';
const onlyFor = 'images';

/** What plan and apply need for images: what the calls demand, and what Proxmox VE checks in its code. */
export const imagePrivileges: KindPrivileges = {
  calls: [
    { command: 'plan', method: 'GET', path: `${STORAGE}/content`, use: 'looking for images' },
    { command: 'apply', method: 'POST', path: `${STORAGE}/download-url`, use: 'downloading images', onlyFor },
  ],
  checks: [
    // pve-storage: PVE/API2/Storage/Status.pm, download_url: this, or Sys.Audit and Sys.Modify on /.
    {
      ...{ command: 'apply', path: '/nodes/{node}', privileges: ['Sys.AccessNetwork'], since: '8.0' },
      ...{ uses: ['downloading images'], onlyFor },
    },
    // pve-storage: PVE/API2/Storage/Content.pm, delete.
    {
      ...{ command: 'apply', path: '/storage/{storage}', privileges: ['Datastore.Allocate'] },
      ...{ uses: ['deleting images'], onlyFor },
    },
  ],
};
