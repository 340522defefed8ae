import { createHash } from 'node:crypto';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildManifest, createHttpBackend } from '../src/index.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole, wanted } from './whole.ts';

const [first, second] = [1, 2].map((seed) => seededBytes(seed, 'listed', 9_000_000)) as [Uint8Array, Uint8Array];
const sha256 = createHash('sha256').update(first).digest('hex');
let server: FaultServer;
beforeEach(async () => {
  const index = buildManifest([{ path: 'large.bin', size: first.length, sha256 }]);
  server = await startFaultServer({
    files: { 'large.bin': first, 'mountkit.index.json': index, SHA256SUMS: `${sha256}  large.bin\n` },
  });
});
afterEach(async () => server.stop());

// No digest tells what a part of a large file has to be, so the validator of the part before has to.
test.each(['mountkit.index.json', 'SHA256SUMS'])(
  'parts of a file that changes behind %s are of one version',
  async (list) => {
    const backend = createHttpBackend({ url: server.url + list }, createTestContext());
    const part = await readWhole(backend, '/large.bin', { offset: 0, length: 1000 });
    expect(Buffer.compare(wanted(part, 0, 1000), first.subarray(0, 1000))).toBe(0);
    const again = await readWhole(backend, '/large.bin', { offset: 5_000_000, length: 1000 });
    expect(Buffer.compare(wanted(again, 5_000_000, 1000), first.subarray(5_000_000, 5_001_000))).toBe(0);
    server.files.set('large.bin', second);
    expect(await errorOf(() => readWhole(backend, '/large.bin', { offset: 6_000_000, length: 1000 }))).toMatchObject({
      code: 'EIO',
      reason: 'integrity',
    });
  },
);
