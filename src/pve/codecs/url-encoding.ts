/** The text that a URL-encoded one stands for (pve-common: PVE/JSONSchema.pm, urlencoded); what is none stays as it is. */
export function decodeUrlText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
