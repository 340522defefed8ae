import { fileSystemFrom } from '@mountkit/loader';
import { seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { expect, test } from 'vitest';
import { http } from '../src/node.ts';
import { errorOf } from './whole.ts';

const content = seededBytes(3, 'outage', 5000);

test('an outage serves what is known where that is wanted, says so in health, and takes nothing unknown for missing', async () => {
  const server = await startFaultServer({ files: { 'known.bin': content, 'other.bin': content } });
  const fs = await fileSystemFrom(http, { url: server.url }, { cache: { staleIfError: true, metadataTtlMs: 0 } });
  try {
    const names = (await fs.readdir('/')).map(({ name }) => name);
    await fs.readFile('/known.bin');
    expect(fs.health().mounts[0]).toMatchObject({ state: 'ok' });
    await server.down();
    expect(Buffer.compare(await fs.readFile('/known.bin'), content)).toBe(0);
    expect((await fs.readdir('/')).map(({ name }) => name)).toEqual(names);
    const [mount] = fs.health().mounts;
    expect(fs.health().ok).toBe(false);
    expect(mount?.state).toBe('failing');
    expect(mount?.servingStaleSinceMs).toBeTypeOf('number');
    expect(await errorOf(() => fs.readFile('/other.bin'))).toMatchObject({ code: 'EIO', reason: 'unavailable' });
    await server.up();
    // What failed is remembered nowhere: neither the error, nor that the origin was out.
    let read: Uint8Array | undefined;
    // The origin is left alone for a moment yet.
    while (read === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      read = await Promise.resolve(fs.readFile('/other.bin')).catch(() => undefined);
    }
    expect(Buffer.compare(read, content)).toBe(0);
    expect(fs.health().mounts[0]?.servingStaleSinceMs).toBeUndefined();
  } finally {
    await fs.close();
    await server.stop();
  }
});

test('without that wish an outage is an error, of what is known as well', async () => {
  const server = await startFaultServer({ files: { 'known.bin': content } });
  const fs = await fileSystemFrom(http, { url: server.url }, { cache: { metadataTtlMs: 0 } });
  try {
    await fs.readFile('/known.bin');
    await server.down();
    expect(await errorOf(() => fs.readFile('/known.bin'))).toMatchObject({ code: 'EIO', reason: 'unavailable' });
  } finally {
    await fs.close();
    await server.stop();
  }
});
