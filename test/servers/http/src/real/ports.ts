import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

/** A loopback port that was free a moment ago. Another program may take it: the caller retries. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Whether something accepts connections on the loopback port now. */
export async function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      socket.destroy();
      resolve(false);
    });
  });
}

/**
 * Whether the process itself holds the listening socket of the loopback port, so that a stranger who took the
 * port first is not mistaken for it. Reads /proc, see proc(5); where there is none the answer is `true`.
 */
export async function ownsListeningPort(pid: number, port: number): Promise<boolean> {
  let table: string;
  try {
    table = await readFile('/proc/net/tcp', 'utf8');
  } catch {
    return true;
  }
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9];
    // State 0A is LISTEN.
    if (fields[1] === local && fields[3] === '0A' && inode !== undefined) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return false;
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (inodes.has(target)) return true;
  }
  return false;
}
