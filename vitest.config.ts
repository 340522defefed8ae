import { defineConfig } from 'vitest/config';

// Tests import the sources of every workspace package, so a run never reads a stale build.
// Without `module`: packages keep files for bundlers there, which Node itself can't load.
const conditions = ['@mountkit/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Bounds for a test that hangs, far from what any takes: a loaded machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './scripts/closing-line-reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'packages', include: ['packages/*/test/**/*.test.ts', 'backends/*/test/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'servers', include: ['test/servers/*/test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [
            'test/whole/**/*.test.ts',
            'test/demo/test/**/*.test.ts',
            'test/simulator/test/**/*.test.ts',
            'test/bench/test/**/*.test.ts',
          ],
        },
      },
    ],
  },
});
