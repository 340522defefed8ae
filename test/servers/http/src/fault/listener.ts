import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from './journal.ts';

/** Answers one request. Rejections close the connection. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  connection: number,
  signal: AbortSignal,
) => Promise<void>;

/** One loopback origin that can go down and come up on the same port. */
export interface Listener {
  readonly port: number;
  /** Base URL with a trailing slash. */
  readonly url: string;
  /** Refuses connections and breaks the open ones. */
  down(): Promise<void>;
  /** Accepts connections again. */
  up(): Promise<void>;
  /** Breaks connections that are open, and goes on listening. */
  dropConnections(): void;
}

const REBIND_ATTEMPTS = 200;

/** Starts listening on a free loopback port. */
export async function startListener(
  journal: Journal,
  handler: RequestHandler,
  keepAliveTimeoutMs: number,
): Promise<Listener> {
  const sockets = new Map<Socket, number>();
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0, headersTimeout: 0 });
  server.on('connection', (socket) => {
    sockets.set(socket, journal.connectionOpened());
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      journal.connectionClosed();
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('request', (request, response) => {
    const left = new AbortController();
    const { socket } = request;
    const leave = (): void => left.abort();
    socket.once('close', leave);
    response.once('finish', () => socket.off('close', leave));
    response.on('error', () => undefined);
    handler(request, response, sockets.get(socket) ?? 0, left.signal).catch(() => socket.destroy());
  });

  const dropConnections = (): void => {
    for (const socket of sockets.keys()) socket.destroy();
  };
  const listen = async (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port }, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  const port = await listen(0);
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    dropConnections,
    async down() {
      if (!server.listening) return;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        dropConnections();
      });
    },
    async up() {
      for (let attempt = 1; !server.listening; attempt += 1) {
        try {
          await listen(port);
        } catch (error) {
          // Somebody else holds the port for a moment.
          if (attempt >= REBIND_ATTEMPTS) throw error;
          await delay(10);
        }
      }
    },
  };
}
