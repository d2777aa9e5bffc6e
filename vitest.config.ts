import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Nothing is tested by the time that it takes: a busy machine is slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than vitest takes of two cores: much of a test is waiting.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    setupFiles: ['tests/setup.ts'],
  },
});
