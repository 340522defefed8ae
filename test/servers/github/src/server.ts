import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createListener, strike } from '@mountkit/test-server-parts';
import type { Listener } from '@mountkit/test-server-parts';
import { createCounters } from './counters.ts';
import type { OriginName, RequestRecord } from './counters.ts';
import { createFaults } from './faults.ts';
import type { FaultSpec } from './faults.ts';
import { createMeter } from './limits.ts';
import { defaultLimits } from './options.ts';
import type { GitHubServer, GitHubServerOptions } from './options.ts';
import { createPasses } from './passes.ts';
import { createRegistry } from './registry.ts';
import type { Reply } from './reply.ts';
import { answer, findRoute } from './answer.ts';
import { send } from './send.ts';
import { createLine } from './shaping.ts';

/**
 * Starts a GitHub-compatible server on loopback, over real bare repositories.
 *
 * @throws {Error} when the port is taken
 */
export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  const counters = createCounters();
  const faults = createFaults();
  const registry = createRegistry();
  const passes = createPasses();
  const now = options.now ?? Date.now;
  const line = createLine({
    ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }),
    ...(options.connectMs !== undefined && { connectMs: options.connectMs }),
    ...(options.bandwidth !== undefined && { bandwidth: options.bandwidth }),
  });
  const known = new Set(options.tokens);
  const closing = new AbortController();
  let meter = createMeter({ ...defaultLimits, ...options.limits }, now);
  let closed: Promise<void> | undefined;

  const onConnection = (socket: Socket): void => {
    counters.connected();
    line.connected(socket);
    socket.once('close', () => counters.disconnected());
  };

  const serve = async (
    origin: OriginName,
    incoming: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> => {
    const method = incoming.method ?? 'GET';
    const path = incoming.url ?? '/';
    const found = findRoute(origin, method, path);
    const record: RequestRecord = {
      origin,
      route: found?.route.name ?? 'unknown',
      method,
      path,
      headers: incoming.headers,
      status: 0,
      bytesSent: 0,
    };
    counters.begin(record);
    response.once('close', () => counters.end());
    await line.arrive(incoming.socket, signal);
    const fault = faults.take(record);
    if (!(await strike(fault, incoming.socket, signal))) return;
    const reply =
      fault?.kind === 'status'
        ? faultReply(fault)
        : await answer(incoming, found, {
            url: `http://127.0.0.1:${api.port}`,
            codeloadUrl: `http://127.0.0.1:${codeload.port}`,
            origin,
            registry,
            meter,
            passes,
            known,
            inFlight: counters.inFlight(),
            signal,
          });
    const gzip = /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''));
    await send(reply, { response, record, pace: line.pace, signal, fault, gzip, headOnly: method === 'HEAD' });
  };

  const listen = (origin: OriginName, port: number): Listener =>
    createListener(
      port,
      (incoming, response) => {
        const gone = new AbortController();
        response.once('close', () => gone.abort());
        serve(origin, incoming, response, AbortSignal.any([gone.signal, closing.signal])).catch((error: unknown) => {
          // A client that left, or the server's end, is no news; anything else must not look like an answer of GitHub's.
          if (!gone.signal.aborted && !closing.signal.aborted) {
            process.emitWarning(error instanceof Error ? error : String(error));
          }
          response.destroy();
        });
      },
      onConnection,
    );
  const api = listen('api', options.port ?? 0);
  const codeload = listen('codeload', 0);
  await api.up();
  await codeload.up();

  const down = async (): Promise<void> => {
    await Promise.all([api.down(), codeload.down()]);
  };

  return {
    url: `http://127.0.0.1:${api.port}`,
    codeloadUrl: `http://127.0.0.1:${codeload.port}`,
    port: api.port,
    addRepository: (fullName, repository) => registry.add(fullName, repository),
    repository: (fullName) => registry.handle(fullName),
    fault: (spec) => faults.add(spec),
    clearFaults: () => faults.clear(),
    shape: (shaping) => line.set(shaping),
    setLimits(limits) {
      meter = createMeter({ ...meter.limits, ...limits }, now);
    },
    down,
    async up() {
      if (closed !== undefined) throw new Error('the server is closed');
      await api.up();
      await codeload.up();
    },
    requests: counters.requests,
    stats: () => counters.stats(),
    reset: () => counters.reset(),
    async close() {
      closed ??= (async () => {
        closing.abort(new Error('the server is closing'));
        await down();
        await registry.close();
      })();
      await closed;
    },
  };
}

function faultReply(fault: FaultSpec): Reply {
  const status = fault.status ?? 500;
  const given = fault.body ?? {
    message: 'Server Error',
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  };
  const isJson = typeof given === 'object' && !(given instanceof Uint8Array);
  return {
    status,
    headers: { 'content-type': isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8' },
    body: Buffer.from(isJson ? JSON.stringify(given) : given),
  };
}
