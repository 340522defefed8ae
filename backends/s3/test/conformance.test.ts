import type { BackendContext, FsBackend } from '@mountkit/core';
import { startS3Server, type S3Server } from '@mountkit/test-s3-server';
import { type Fixture, fixtureTree, reportSummary, runConformance, summaryJson } from '@mountkit/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { createS3Backend } from '../src/index.ts';

const secretAccessKey = 'conformance/secret+key/0123456789';
const tree = fixtureTree();

for (const dataPlane of ['lean', 'sdk'] as const) {
  describe(`the ${dataPlane} plane`, () => {
    let server: S3Server;
    const create = (endpoint: string, context: BackendContext): FsBackend => {
      const credentials = { accessKeyId: 'conformance', secretAccessKey };
      return createS3Backend({ bucket: 'tree', endpoint, region: server.region, credentials, dataPlane }, context);
    };
    const run = runConformance(
      {
        name: `@mountkit/s3, ${dataPlane} plane`,
        create: (context) => create(server.url, context),
        async fixture(): Promise<Fixture> {
          server = await startS3Server({ credentials: [{ accessKeyId: 'conformance', secretAccessKey }] });
          const bucket = server.createBucket('tree');
          for (const [path, node] of tree.nodes) if (node.type === 'file') bucket.put(path.slice(1), node.bytes);
          return {
            tree,
            secrets: [secretAccessKey],
            http: { url: server.url, create },
            requests: () => server.requests.length,
            mutate: (path, bytes) => void bucket.put(path.slice(1), bytes),
            async outage() {
              await server.down();
              return () => server.up();
            },
            deny() {
              const fault = server.fault({ kind: 'error', code: 'AccessDenied' });
              return () => fault.remove();
            },
          };
        },
        skips: ['abort.in-flight', 'abort.alone', 'close.in-flight'].map((id) => ({
          id,
          reason: 'the test server cannot hold answers',
        })),
      },
      { describe, it },
    );
    it('is what docs/conformance says: npm run conformance -- --update', () =>
      expect(summaryJson(reportSummary(run.report()))).toMatchFileSnapshot(
        `../../../docs/conformance/s3-${dataPlane}.json`,
      ));
    afterAll(async () => {
      await server.close();
      expect(run.report().counts.fail).toBe(0);
    });
  });
}
