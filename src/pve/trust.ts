/** How a server's certificate is judged. Without any of these: by the machine's certificate authorities. */
export interface Trust {
  /** The text of a PEM file of certificate authorities, in place of the machine's. */
  readonly ca?: string;
  /** SHA-256 of the certificate that the server must show; then nothing else about it is looked at. */
  readonly fingerprint?: string;
  /** Believe any certificate. */
  readonly insecure?: boolean;
}
