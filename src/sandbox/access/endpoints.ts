import type { HouseEndpoint } from '../house.ts';
import { aclEndpoints } from './acl.ts';
import { domainEndpoints } from './domains.ts';
import { groupEndpoints } from './groups.ts';
import { loginEndpoints } from './login.ts';
import { passwordEndpoint } from './password.ts';
import { permissionsEndpoint } from './permissions.ts';
import { roleEndpoints } from './role-endpoints.ts';
import { tfaEndpoints } from './tfa.ts';
import { tokenEndpoints } from './tokens.ts';
import { userEndpoints } from './users.ts';

/** The calls below `/access` that the sandbox knows (pve-access-control: PVE/API2/). */
export const accessEndpoints: readonly HouseEndpoint[] = [
  ...loginEndpoints,
  passwordEndpoint,
  permissionsEndpoint,
  ...userEndpoints,
  ...tokenEndpoints,
  ...groupEndpoints,
  ...roleEndpoints,
  ...aclEndpoints,
  ...domainEndpoints,
  ...tfaEndpoints,
];
