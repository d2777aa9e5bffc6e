import { expect, it } from 'vitest';
import { decodePermissions } from '../../src/pve/permissions.ts';

const permissions = decodePermissions('/access/permissions', {
  '/': { 'Sys.Audit': 0, 'VM.Audit': 1 },
  '/vms': { 'VM.Audit': 1, 'VM.Allocate': 1 },
  '/vms/100': { 'VM.Audit': 1 },
});

it('lists the privileges of each path, whether they propagate or not', () => {
  expect(permissions.paths.get('/')).toEqual(new Set(['Sys.Audit', 'VM.Audit']));
});

it('gives a path that is not listed what the nearest above it passes on', () => {
  expect(permissions.holds('/vms/200', 'VM.Allocate')).toBe(true);
  expect(permissions.holds('/storage/local', 'VM.Audit')).toBe(true);
  expect(permissions.holds('/nodes/pve1', 'Sys.Audit')).toBe(false);
  expect(permissions.holds('/', 'Sys.Audit')).toBe(true);
});

it('takes a listed path as it is', () => {
  expect(permissions.holds('/vms/100', 'VM.Allocate')).toBe(false);
});

it('holds nothing where nothing is listed', () => {
  expect(decodePermissions('/access/permissions', {}).holds('/vms/100', 'VM.Audit')).toBe(false);
});

it('refuses another shape', () => {
  expect(() => decodePermissions('/access/permissions', [])).toThrow(expect.objectContaining({ code: 'PVE_ERROR' }));
});
