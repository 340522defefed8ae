import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeRealServer, REAL_SERVER_KINDS, startRealServer } from '@mountkit/test-http-server';
import { describe, expect, test } from 'vitest';
import { startGuard } from '../src/real/guard.ts';
import { findFreePort, ownsListeningPort } from '../src/real/ports.ts';
import { eventually } from './eventually.ts';
import { rawRequest } from './raw-request.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe.each(REAL_SERVER_KINDS)('%s', (kind) => {
  test('leaves no process, port or directory behind after stop', async (context) => {
    const { available, reason } = await probeRealServer(kind);
    context.skip(!available, reason);
    await using root = await temporaryDirectory();
    const server = await startRealServer(kind, { root: root.path });
    await server.stop();
    await server.stop();
    expect(() => process.kill(-server.pid, 0)).toThrow('ESRCH');
    await expect(rawRequest(server.url)).rejects.toThrow('ECONNREFUSED');
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`mountkit-http-server-${process.pid}-`));
    expect(left).toEqual([]);
  });
});

describe('startRealServer', () => {
  test('says what the server printed when it does not come up', async (context) => {
    const { available, reason } = await probeRealServer('nginx-html');
    context.skip(!available, reason);
    // A quote ends the configured path early, which the server refuses.
    await expect(startRealServer('nginx-html', { root: '/tmp/"quote' })).rejects.toThrow(
      /nginx-html did not come up.*\[emerg\]/s,
    );
  });

  test('runs several servers at once', async (context) => {
    const { available, reason } = await probeRealServer('nginx-html');
    context.skip(!available, reason);
    await using root = await temporaryDirectory();
    await using first = await startRealServer('nginx-html', { root: root.path });
    await using second = await startRealServer('nginx-html', { root: root.path });
    expect(first.port).not.toBe(second.port);
    expect((await rawRequest(first.url)).status).toBe(200);
    expect((await rawRequest(second.url)).status).toBe(200);
  });
});

describe('the guard of a server', () => {
  test('kills the server and removes its directory when this process goes away', async () => {
    await using directory = await temporaryDirectory();
    const home = join(directory.path, 'home');
    await mkdir(home);
    const child = spawn('/bin/sleep', ['30'], { detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    const guard = startGuard(child.pid ?? 0, home);
    // What the kernel does to the pipe of a dead process.
    guard.pipe.end();
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    await eventually(async () => exists(home)).toBe(false);
  });
});

describe('ownsListeningPort', () => {
  test('tells the process that listens from another one', async (context) => {
    context.skip(process.platform !== 'linux', 'there is no /proc to read');
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await ownsListeningPort(process.pid, port)).toBe(true);
    expect(await ownsListeningPort(process.ppid, port)).toBe(false);
    expect(await ownsListeningPort(process.pid, await findFreePort())).toBe(false);
    listener.close();
  });
});
