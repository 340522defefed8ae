import { defineConfig } from 'vitest/config';

// Tests import the sources of every workspace package, so a run never reads a stale build.
const conditions = ['@mountkit/source', 'module', 'node', 'import', 'default'];
// Node itself loads what is outside the workspace, and can't load the files that packages keep for bundlers under `module`.
const externalConditions = conditions.filter((condition) => condition !== 'module');

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions } },
  test: {
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
          include: ['test/whole/**/*.test.ts', 'test/demo/test/**/*.test.ts', 'test/simulator/test/**/*.test.ts'],
        },
      },
    ],
  },
});
