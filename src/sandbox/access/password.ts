import { parameterFailure, permissionFailure } from '../api-error.ts';
import type { HouseCall, HouseEndpoint } from '../house.ts';
import { checkPassword } from './check-password.ts';
import { checkUserEnabled, existingUser, parseUserId } from './user-id.ts';
import { setPassword } from './users.ts';

/** `PUT /access/password`, for logins by ticket only (pve-access-control: PVE/API2/AccessControl.pm, change_password). */
export const passwordEndpoint: HouseEndpoint = { method: 'PUT', path: '/access/password', handle: changePassword };

function changePassword({ host, user, params }: HouseCall): null {
  const { userid, realm } = parseUserId(String(params['userid']));
  existingUser(host.access, userid);
  if (user.id !== 'root@pam') {
    if (userid === 'root@pam') throw permissionFailure();
    const confirmation = params['confirmation-password'];
    if (confirmation === undefined) {
      throw parameterFailure({ 'confirmation-password': 'password is required to modify TFA data' });
    }
    checkPassword(host.access, user.id, String(confirmation));
    if (user.id === userid) checkUserEnabled(host.access, userid, host.clock.now());
    else if (realm === 'pam') throw permissionFailure();
  }
  setPassword(host.access, userid, realm, String(params['password']));
  host.save();
  return null;
}
