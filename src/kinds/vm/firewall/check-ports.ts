const LAST_PORT = 65_535;

function itemProblem(item: string): string | undefined {
  const [, first, last] = /^(\d+)(?:[:-](\d+))?$/.exec(item) ?? [];
  if (first === undefined) {
    // Names are those of the server's /etc/services, which only it knows.
    return /^[A-Za-z0-9][\w.+/-]*$/.test(item) ? undefined : `${item} is no port, range of ports or name of a service.`;
  }
  const tooLarge = [first, last].find((port) => Number(port ?? 0) > LAST_PORT);
  if (tooLarge !== undefined) return `${tooLarge} is no port. Ports are 0 to ${LAST_PORT}.`;
  if (last === undefined) return undefined;
  const [low, high] = Number(first) > Number(last) ? [last, first] : [first, last];
  const range = `${low}:${high}`;
  return item === range ? undefined : `${item} is no range of ports. Write ${range}.`;
}

/**
 * Why a list of ports cannot be written to a rule; undefined where it can. It holds numbers, ranges as in 8000:8010, and
 * names of services (pve-firewall: PVE/Firewall.pm, parse_port_name_number_or_range).
 */
export function portsProblem(text: string): string | undefined {
  return text
    .split(',')
    .map(itemProblem)
    .find((problem) => problem !== undefined);
}
