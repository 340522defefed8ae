import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendContext, FsBackend } from '@mountkit/core';
import {
  type FaultServer,
  type HttpServerHandle,
  probeRealServer,
  type RealServerKind,
  startFaultServer,
  startRealServer,
} from '@mountkit/test-http-server';
import {
  fixtureTree,
  type Fixture,
  reportSummary,
  runConformance,
  type Skip,
  summaryJson,
  writeTree,
} from '@mountkit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpBackend, http } from '../src/index.ts';

const capabilities = { ranges: true, suffix: true, conditional: true, versions: 'strong' } as const;
const always: readonly Skip[] = http.knownLimits ?? [];
const token = 'tok_http_5f1d0c9ab27e';
const apiKey = 'key_http_c4479e0d11b8';

describe('the fault server', () => {
  let server: FaultServer;
  afterAll(async () => server.stop());
  const tree = fixtureTree();
  const create = (url: string, context: BackendContext): FsBackend =>
    createHttpBackend({ url, auth: { bearer: token }, headers: { 'x-api-key': apiKey } }, context);
  const run = runConformance(
    {
      name: '@mountkit/http over a plain server',
      create: (context) => create(server.url, context),
      async fixture(): Promise<Fixture> {
        const files: Record<string, Uint8Array> = {};
        for (const [path, node] of tree.nodes) if (node.type === 'file') files[path.slice(1)] = node.bytes;
        server = await startFaultServer({ files, listing: 'nginx-json' });
        return {
          tree,
          secrets: [token, apiKey],
          http: { url: server.url, create },
          requests: () => server.counters().requests,
          mutate: (path, bytes) => server.files.set(path.slice(1), bytes),
          async outage() {
            await server.down();
            return () => server.up();
          },
          deny(path) {
            server.fault(path.slice(1), { kind: 'status', status: 403 });
            return () => server.clearFaults();
          },
          hold() {
            server.fault('*', { kind: 'hold', afterBytes: -1 });
            return () => {
              server.clearFaults();
              server.release();
            };
          },
        };
      },
      capabilities,
      skips: always,
    },
    { describe, it },
  );
  it('is what docs/conformance says: npm run conformance -- --update', () =>
    expect(summaryJson(reportSummary(run.report()))).toMatchFileSnapshot('../../../docs/conformance/http.json'));
  afterAll(() => expect(run.report().counts.fail).toBe(0));
});

const readOnlyServer: readonly Skip[] = [
  'errors.outage',
  'errors.outage-reason',
  'errors.outage-retry',
  'errors.recovery',
  'errors.denied',
  'abort.in-flight',
  'abort.alone',
  'close.in-flight',
  'versions.change',
  'versions.pin-stale',
  'versions.unmixed',
].map((id) => ({ id, reason: 'the fault server is asked instead: this one can neither fail nor change on demand' }));

const real: Readonly<Partial<Record<RealServerKind, readonly Skip[]>>> = {
  'nginx-html': [],
  python: [{ id: 'ranges.partial', reason: 'python http.server knows no ranges' }],
  'apache-webdav': [],
};

for (const [kind, skips] of Object.entries(real) as [RealServerKind, readonly Skip[]][]) {
  const probe = await probeRealServer(kind);
  describe.skipIf(!probe.available)(`${kind}${probe.available ? '' : `: ${probe.reason}`}`, () => {
    let server: HttpServerHandle;
    let root: string;
    const hidden = kind.startsWith('nginx')
      ? ['.hidden', '..two-dots', '...'].map((name) => ({ path: `/names/${name}`, reason: 'nginx lists no dotfiles' }))
      : [];
    const tree = fixtureTree({ leaveOut: hidden });
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'mountkit-conformance-'));
      await writeTree(tree, root);
      server = await startRealServer(kind, { root });
    }, 60_000);
    afterAll(async () => {
      await server.stop();
      await rm(root, { recursive: true, force: true });
    });
    const create = (url: string, context: BackendContext): FsBackend =>
      createHttpBackend({ url: kind.endsWith('webdav') ? `webdav+${url}` : url }, context);
    const run = runConformance(
      {
        name: `@mountkit/http over ${kind}`,
        create: (context) => create(server.url, context),
        fixture: () => ({ tree, secrets: [], http: { url: server.url, create } }),
        capabilities: { ...capabilities, public: true },
        skips: [...always, ...readOnlyServer, ...skips],
        // Its listings tell no sizes, so each name has to be asked for.
        ...(kind === 'python' && { budgets: { list: 121 } }),
      },
      { describe, it },
    );
    it('is what docs/conformance says: npm run conformance -- --update', () =>
      expect(summaryJson(reportSummary(run.report()))).toMatchFileSnapshot(
        `../../../docs/conformance/http-${kind}.json`,
      ));
    afterAll(() => expect(run.report().counts.fail).toBe(0));
  });
}
