/** The address of a resource: its kind and its name, as in `vm/web-01`. */
export type Address = `${string}/${string}`;

/** Makes the address of a resource. */
export function formatAddress(kind: string, name: string): Address {
  return `${kind}/${name}`;
}
