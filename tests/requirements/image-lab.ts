import { afterEach, beforeEach } from 'vitest';
import { type Harness, startHarness } from '../harness.ts';
import { type ImageServer, startImageServer } from './image-server.ts';

/** A cluster and a server of images, made anew for each test. */
export interface ImageLab {
  readonly harness: Harness;
  readonly files: ImageServer;
}

/** Starts both before each test of a file, calls `begun` with them, and ends them after it. */
export function useImageLab(begun: (lab: ImageLab) => void): void {
  let lab: ImageLab;
  beforeEach(async () => {
    lab = { files: await startImageServer(), harness: await startHarness() };
    begun(lab);
  });
  afterEach(async () => {
    await lab.harness.close();
    lab.files.close();
  });
}
