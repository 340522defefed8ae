import { fileSystemFrom } from '@mountkit/loader';
import { probeRealServer, REAL_SERVER_KINDS, startRealServer } from '@mountkit/test-http-server';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { http } from '../src/node.ts';

const probes = await Promise.all(REAL_SERVER_KINDS.map(async (kind) => [kind, await probeRealServer(kind)] as const));

const padding = 'x'.repeat(100_000);

describe('a file that is read again', () => {
  for (const [kind, probe] of probes) {
    const reason = probe.available ? '' : `: ${probe.reason ?? 'unknown'}`;
    test.skipIf(!probe.available)(
      `from ${kind} costs a question at most and none of its bytes, until it changes${reason}`,
      async () => {
        const root = await mkdtemp(join(tmpdir(), 'mountkit-again-'));
        const file = join(root, 'notes.txt');
        await writeFile(file, `old ${padding}`);
        // As of a file that was written a while ago.
        await utimes(file, 1_700_000_000, 1_700_000_000);
        const server = await startRealServer(kind, { root });
        const url = kind.endsWith('webdav') ? `webdav+${server.url}` : server.url;
        const fs = await fileSystemFrom(http, { url }, { cache: { metadataTtlMs: 0 } });
        const read = async (): Promise<string> => {
          const text = Buffer.from(await fs.readFile('/notes.txt')).toString();
          return text.endsWith(padding) ? text.slice(0, 3) : 'cut';
        };
        const spent = (): { requests: number; bytes: number } => {
          const [mount] = fs.stats().mounts;
          return { requests: mount?.requests ?? 0, bytes: mount?.bytesReceived ?? 0 };
        };
        try {
          expect(await read()).toBe('old');
          const before = spent();
          expect(await read()).toBe('old');
          const after = spent();
          expect(after.requests - before.requests).toBeLessThanOrEqual(1);
          expect(after.bytes - before.bytes).toBeLessThan(1000);
          await writeFile(file, `new ${padding}`);
          await utimes(file, 1_700_003_600, 1_700_003_600);
          // Servers remember what they saw of a file: lighttpd does for a second.
          await expect.poll(read, { timeout: 10_000 }).toBe('new');
        } finally {
          await fs.close();
          await server.stop();
          await rm(root, { recursive: true, force: true });
        }
      },
      30_000,
    );
  }
});
