import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A socket that can stop and start listening on the same port. */
export interface Listener {
  readonly port: number;
  /** Listens. The first call picks the port. */
  up(): Promise<void>;
  /** Stops listening and cuts every connection. */
  down(): Promise<void>;
}

/** Makes a listener on 127.0.0.1; nothing listens before `up`. */
export function createListener(
  wantedPort: number,
  onRequest: RequestListener,
  onConnection: (socket: Socket) => void,
): Listener {
  const sockets = new Set<Socket>();
  // A test that stops a server must not wait for a client that went away mid-request.
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 60_000, highWaterMark: 64 * 1024 },
    onRequest,
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    onConnection(socket);
  });
  server.on('clientError', (_, socket) => socket.destroy());
  let port = wantedPort;
  return {
    get port() {
      return port;
    },
    async up() {
      if (server.listening) return;
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      port = (server.address() as AddressInfo).port;
    },
    async down() {
      const closed = new Promise<void>((resolve) => {
        if (server.listening) server.close(() => resolve());
        else resolve();
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
