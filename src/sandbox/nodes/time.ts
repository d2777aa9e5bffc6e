import type { HouseEndpoint } from '../house.ts';

/** `GET /nodes/{node}/time`: the simulated clock, in UTC (pve-manager: PVE/API2/Nodes.pm). */
export const timeEndpoint: HouseEndpoint = {
  method: 'GET',
  path: '/nodes/{node}/time',
  handle({ host }) {
    const time = Math.floor(host.clock.now() / 1000);
    return { timezone: 'UTC', time, localtime: time };
  },
};
