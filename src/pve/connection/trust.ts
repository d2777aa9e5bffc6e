/** How a server's certificate is judged. Without any of these: by the machine's certificate authorities. */
export interface Trust {
  /** The text of a PEM file of certificate authorities, in place of the machine's. */
  readonly ca?: string;
  /**
   * SHA-256 of the certificates that a server may show, one for each endpoint's node; then nothing else about a
   * certificate is looked at.
   */
  readonly fingerprints?: readonly string[];
  /** Believe any certificate. */
  readonly insecure?: boolean;
}
