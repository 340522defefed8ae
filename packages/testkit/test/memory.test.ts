import { createMemoryBackend, type MemoryItem } from '@mountkit/memory';
import { afterAll, describe, expect, it } from 'vitest';
import { fixtureTree, reportBadge, reportMarkdown, reportSummary, runConformance, summaryJson } from '../src/index.ts';

const tree = fixtureTree({
  symlinks: true,
  modes: true,
  emptyDirectories: true,
  leaveOut: [{ path: '/names/%!x', reason: 'it is given paths, not names: nothing is there to be escaped' }],
});

const files: Record<string, MemoryItem> = {};
for (const [path, node] of tree.nodes) {
  if (path === '/') continue;
  if (node.type === 'symlink') files[path] = { symlink: node.target };
  else if (node.type === 'directory') files[path] = { directory: true };
  else files[path] = { content: node.bytes, ...(node.mode !== undefined && { mode: node.mode }) };
}

const backends = new Set<ReturnType<typeof createMemoryBackend>>();

const run = runConformance(
  {
    name: '@mountkit/memory',
    create() {
      const backend = createMemoryBackend(files);
      backends.add(backend);
      return backend;
    },
    fixture: {
      tree,
      secrets: [],
      mutate(path, bytes) {
        for (const backend of backends) backend.set(path, bytes);
      },
    },
    capabilities: { ranges: true, suffix: true, symlinks: true, versions: 'strong' },
    skips: [
      ...['errors.outage', 'errors.outage-reason', 'errors.outage-retry', 'errors.recovery', 'errors.denied'].map(
        (id) => ({
          id,
          reason: 'there is no origin that could fail',
        }),
      ),
      ...['abort.in-flight', 'abort.alone', 'close.in-flight'].map((id) => ({
        id,
        reason: 'nothing has to be waited for',
      })),
    ],
  },
  { describe, it },
);

it('is what docs/conformance says: npm run conformance -- --update', () =>
  expect(summaryJson(reportSummary(run.report()))).toMatchFileSnapshot('../../../docs/conformance/memory.json'));

afterAll(() => {
  const report = run.report();
  expect(report.counts.fail).toBe(0);
  expect(reportMarkdown(report)).toContain('| `walk.content` |');
  expect(reportBadge(report)).toMatchObject({ schemaVersion: 1, color: 'green' });
});
