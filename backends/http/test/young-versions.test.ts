import { fileSystemFrom } from '@mountkit/loader';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { createFileSystem, type MountableFileSystem } from '@mountkit/vfs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { http } from '../src/node.ts';
import { createTestContext } from '@mountkit/test-backend-parts';

const before = seededBytes(1, 'before', 900_000);
const after = seededBytes(2, 'after', 900_000);
const etag = '"the same of both, as of a server that counts seconds"';
let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({ files: { 'a.bin': before } });
  server.files.set('a.bin', { bytes: before, etag, lastModifiedMs: Date.now() });
});
afterEach(async () => server.stop());

const mounts: Readonly<Record<string, () => Promise<MountableFileSystem>>> = {
  'through every layer': () => fileSystemFrom(http, { url: server.url }),
  'without a cache': async () =>
    createFileSystem({ lower: createHttpBackend({ url: server.url }, createTestContext()) }),
};

describe.each(Object.entries(mounts))('a file that changes twice within a tick of its server, %s', (_name, mount) => {
  test.each(['opened', 'listed and opened', 'asked for and opened'])('%s, is all old', async (how) => {
    const fs = await mount();
    if (how === 'listed and opened') await fs.readdir('/');
    if (how === 'asked for and opened') await fs.stat('/a.bin');
    const file = await fs.open('/a.bin');
    const parts = [await file.read(0, 100_000)];
    server.files.set('a.bin', { bytes: after, etag, lastModifiedMs: Date.now() });
    for (let offset = 100_000; offset < 900_000; offset += 100_000) parts.push(await file.read(offset, 100_000));
    expect(Buffer.compare(Buffer.concat(parts), before)).toBe(0);
    await file.close();
    // Nobody believes the version for long: who opens it now gets what is there now.
    expect(Buffer.compare(await fs.readFile('/a.bin'), after)).toBe(0);
    await fs.close();
  });
});
