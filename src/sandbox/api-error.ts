/** An answer of the API that is no success: its status, message and refused parameters. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(status: number, message: string, errors?: Readonly<Record<string, string>>) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** What any `die` in Proxmox VE's code becomes: status 500 with the message. */
export function failure(message: string): ApiError {
  return new ApiError(500, message);
}

/** Status 400 with a message for each refused parameter (pve-common: PVE/Exception.pm, raise_param_exc). */
export function parameterFailure(errors: Readonly<Record<string, string>>): ApiError {
  return new ApiError(400, 'Parameter verification failed.', errors);
}

/** Status 403 (pve-access-control: PVE/RPCEnvironment.pm). */
export function permissionFailure(what?: string): ApiError {
  return new ApiError(403, what === undefined ? 'Permission check failed' : `Permission check failed (${what})`);
}
