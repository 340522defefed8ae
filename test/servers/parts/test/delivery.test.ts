import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createListener, drip, writeFiller, writePaced } from '../src/index.ts';
import type { Listener, Outlet, Pace } from '../src/index.ts';

const open: Pace = { chunkBytes: Infinity, next: () => undefined };
let listener: Listener;

afterEach(async () => listener.down());

/** An answer in the making, and its client's end of it. */
async function answering(pace: Pace): Promise<{ outlet: Outlet; reply: IncomingMessage; leave: AbortController }> {
  const leave = new AbortController();
  let outlet: Outlet | undefined;
  listener = createListener(
    0,
    (_request, response) => {
      outlet = { response, record: { bytesSent: 0 }, pace, signal: leave.signal };
      response.flushHeaders();
    },
    () => undefined,
  );
  await listener.up();
  const request = get({ host: '127.0.0.1', port: listener.port, agent: false });
  const [reply] = (await once(request, 'response')) as [IncomingMessage];
  reply.on('error', () => undefined);
  if (outlet === undefined) throw new Error('answered by nobody');
  return { outlet, reply, leave };
}

async function received(reply: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of reply) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

describe('a paced body', () => {
  it('asks its pace before every chunk, and counts what it sent', async () => {
    const asked: number[] = [];
    const { outlet, reply } = await answering({
      chunkBytes: 4,
      async next(length) {
        asked.push(length);
        // Nothing is sent ahead of its turn.
        expect(outlet.record.bytesSent).toBe(4 * (asked.length - 1));
      },
    });
    await writePaced(Buffer.from('0123456789'), outlet);
    outlet.response.end();
    expect(await received(reply)).toBe('0123456789');
    expect(asked).toEqual([4, 4, 2]);
    expect(outlet.record.bytesSent).toBe(10);
  });

  it('sends nothing more once the client is gone', async () => {
    const { outlet, leave } = await answering(open);
    leave.abort(new Error('gone'));
    await expect(writePaced(Buffer.from('late'), outlet)).rejects.toThrow('gone');
    expect(outlet.record.bytesSent).toBe(0);
  });

  it('waits for a client that does not read, until that one goes', async () => {
    const { outlet, leave } = await answering(open);
    const writing = writePaced(Buffer.alloc(64 * 1024 * 1024), outlet);
    const failed = expect(writing).rejects.toThrow('gone');
    while (!outlet.response.writableNeedDrain) await new Promise((resolve) => setImmediate(resolve));
    leave.abort(new Error('gone'));
    await failed;
  });

  it('goes on when a client reads again', async () => {
    const { outlet, reply } = await answering({ chunkBytes: 1024 * 1024, next: () => undefined });
    const writing = writePaced(Buffer.alloc(32 * 1024 * 1024, 'x'), outlet);
    while (!outlet.response.writableNeedDrain) await new Promise((resolve) => setImmediate(resolve));
    const text = received(reply);
    await writing;
    outlet.response.end();
    expect((await text).length).toBe(32 * 1024 * 1024);
  });
});

describe('a spoiled body', () => {
  it('drips byte by byte', async () => {
    const asked: number[] = [];
    const { outlet, reply } = await answering({ chunkBytes: Infinity, next: (length) => void asked.push(length) });
    await drip(Buffer.from('abc'), 1, outlet);
    outlet.response.end();
    expect(await received(reply)).toBe('abc');
    expect(asked).toEqual([1, 1, 1]);
  });

  it('stops dripping when the client goes', async () => {
    const { outlet, leave } = await answering(open);
    const failed = expect(drip(Buffer.from('abc'), 3_600_000, outlet)).rejects.toThrow('aborted');
    leave.abort();
    await failed;
  });

  it('fills without end until the client goes', async () => {
    const { outlet, reply, leave } = await answering(open);
    const filling = writeFiller(outlet).catch(() => undefined);
    let bytes = 0;
    for await (const part of reply) {
      bytes += (part as Buffer).length;
      if (bytes > 1_000_000) break;
    }
    leave.abort(new Error('gone'));
    await filling;
    expect(outlet.record.bytesSent).toBeGreaterThanOrEqual(bytes);
  });
});
