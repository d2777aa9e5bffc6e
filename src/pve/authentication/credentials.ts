/** How a client says who it is. */
export type Credentials =
  | {
      readonly type: 'token';
      /** `user@realm!name=uuid`. */
      readonly token: string;
    }
  | {
      readonly type: 'password';
      /** `user@realm`; a user without a realm is `@pam`. */
      readonly username: string;
      readonly password: string;
      /** A one-time code, for the first login. */
      readonly otp?: string;
      /** Asks for a one-time code where the server wants a second factor and `otp` is absent or used up. */
      readonly askOtp?: () => Promise<string>;
    }
  | {
      /** A ticket that somebody else obtained; it cannot be renewed once it has expired. */
      readonly type: 'ticket';
      /** `PVE:user@realm:…`. */
      readonly ticket: string;
      /** Needed for writes. */
      readonly csrfToken?: string;
    };
