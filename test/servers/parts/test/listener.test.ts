import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createListener } from '../src/index.ts';
import type { Listener } from '../src/index.ts';

let opened: Socket[] = [];
const running: Listener[] = [];

async function listen(answering = true): Promise<Listener> {
  opened = [];
  const listener = createListener(
    0,
    (_request, response) => {
      if (answering) response.end('here');
      else response.flushHeaders();
    },
    (socket) => opened.push(socket),
  );
  running.push(listener);
  await listener.up();
  return listener;
}

const get = async (listener: Listener): Promise<Response> => fetch(`http://127.0.0.1:${listener.port}/`);

afterEach(async () => {
  for (const listener of running.splice(0)) await listener.down();
});

describe('a listener', () => {
  it('picks a port, goes down, and comes up on the same one', async () => {
    const listener = await listen();
    const { port } = listener;
    expect(port).toBeGreaterThan(0);
    expect(await (await get(listener)).text()).toBe('here');
    await listener.down();
    const refused: unknown = await get(listener).catch((error: unknown) => error);
    expect(refused).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await listener.up();
    expect(listener.port).toBe(port);
    expect(await (await get(listener)).text()).toBe('here');
  });

  it('may be told twice to go up or down', async () => {
    const listener = await listen();
    await listener.up();
    await listener.down();
    await listener.down();
    await listener.up();
    expect((await get(listener)).status).toBe(200);
  });

  it('tells of every connection', async () => {
    const listener = await listen();
    const socket = connect(listener.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    expect(opened).toHaveLength(1);
    socket.destroy();
  });

  it('cuts answers that are not finished when it goes down', async () => {
    const listener = await listen(false);
    const reply = await get(listener);
    const text = reply.text();
    const failed = expect(text).rejects.toThrow('terminated');
    await listener.down();
    await failed;
  });

  it('drops a connection that does not speak HTTP', async () => {
    const listener = await listen();
    const socket = connect(listener.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('nonsense\r\n\r\n');
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
  });

  it('rejects when the port is taken', async () => {
    const { port } = await listen();
    const second = createListener(
      port,
      () => undefined,
      () => undefined,
    );
    await expect(second.up()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.down();
  });
});
