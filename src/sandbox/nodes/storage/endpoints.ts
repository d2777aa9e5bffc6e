import type { HouseEndpoint } from '../../house.ts';
import { allocateVolume } from './allocate.ts';
import { downloadFile } from './download.ts';
import { listPrunable, pruneBackups } from './prune.ts';
import { listStorages, listSubdirs, readStatus } from './status.ts';
import { uploadFile } from './upload.ts';
import { deleteVolume, listContent, readVolume, updateVolume } from './volume.ts';

const ROOT = '/nodes/{node}/storage';
const CONTENT = `${ROOT}/{storage}/content`;

/** The calls below `/nodes/{node}/storage` (pve-storage: PVE/API2/Storage/*.pm). */
export const nodeStorageEndpoints: readonly HouseEndpoint[] = [
  { method: 'GET', path: ROOT, handle: listStorages },
  { method: 'GET', path: `${ROOT}/{storage}`, handle: listSubdirs },
  { method: 'GET', path: `${ROOT}/{storage}/status`, handle: readStatus },
  { method: 'GET', path: CONTENT, handle: listContent },
  { method: 'POST', path: CONTENT, handle: allocateVolume },
  { method: 'GET', path: `${CONTENT}/{volume}`, handle: readVolume },
  { method: 'PUT', path: `${CONTENT}/{volume}`, handle: updateVolume },
  { method: 'DELETE', path: `${CONTENT}/{volume}`, handle: deleteVolume },
  { method: 'POST', path: `${ROOT}/{storage}/upload`, handle: uploadFile },
  { method: 'POST', path: `${ROOT}/{storage}/download-url`, handle: downloadFile },
  { method: 'GET', path: `${ROOT}/{storage}/prunebackups`, handle: listPrunable },
  { method: 'DELETE', path: `${ROOT}/{storage}/prunebackups`, handle: pruneBackups },
];
