/** A QEMU guest's config file in parts; all values are text, as in the file. */
export interface GuestConfig {
  /** Decoded, without the `#` of its lines; undefined where there is none. */
  readonly description?: string;
  readonly current: Readonly<Record<string, string>>;
  /** The `[PENDING]` section without its `delete:` line. */
  readonly pending: Readonly<Record<string, string>>;
  /** The keys that `[PENDING] delete:` names; true: forced (`!key`), the volume goes too. */
  readonly pendingDelete: Readonly<Record<string, boolean>>;
  /** Other sections (`[snapshot]`, `[special:cloudinit]`), kept as they stand. */
  readonly sections: Readonly<Record<string, readonly string[]>>;
}
