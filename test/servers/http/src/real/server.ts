import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RealServerKind } from './kinds.ts';
import { acceptsConnections, findFreePort, ownsListeningPort } from './ports.ts';
import { probeRealServer } from './probe.ts';
import type { ServerProcess } from './processes.ts';
import { startServerProcess } from './processes.ts';
import { programOf } from './programs.ts';

/** Options of {@link startRealServer}. */
export interface RealServerOptions {
  /** Absolute path of the directory to serve at `/`. */
  readonly root: string;
  /** Compress text when the client accepts it, where the server can. @default false */
  readonly gzip?: boolean;
  /** Sizes in an nginx HTML listing. Other servers have one way only. @default 'exact' */
  readonly listingSizes?: 'exact' | 'rounded';
  /** Whether a WebDAV server accepts writes. @default false */
  readonly writable?: boolean;
  /** How long the server may take until it accepts connections. @default 15000 */
  readonly startTimeoutMs?: number;
}

/** A running real server. */
export interface HttpServerHandle extends AsyncDisposable {
  readonly kind: RealServerKind;
  /** Version the program reports. */
  readonly version: string;
  /** Base URL of `root`, with a trailing slash. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What the server has printed, for a failed test's message. */
  output(): string;
  /** Ends the server and removes its private directory. May be called twice. */
  stop(): Promise<void>;
}

const ATTEMPTS = 4;
const POLL_MS = 15;

/**
 * Starts a real web server on a free loopback port and waits until it accepts connections.
 * It ends with {@link HttpServerHandle.stop}, or with this Node process.
 *
 * @throws Error when the server is not installed, or does not come up; the message holds what it printed.
 */
export async function startRealServer(kind: RealServerKind, options: RealServerOptions): Promise<HttpServerHandle> {
  const probe = await probeRealServer(kind);
  if (!probe.available) throw new Error(`${kind} can't be started: ${probe.reason}`);
  let printed = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const home = await mkdtemp(join(tmpdir(), `mountkit-http-server-${process.pid}-`));
    const port = await findFreePort();
    const { args } = await programOf(kind).configure({
      root: options.root,
      port,
      home,
      gzip: options.gzip ?? false,
      listingSizes: options.listingSizes ?? 'exact',
      writable: options.writable ?? false,
    });
    const running = await startServerProcess({ command: probe.command, args, home });
    const stop = async (): Promise<void> => {
      await running.stop();
      await rm(home, { recursive: true, force: true });
    };
    if (await comesUp(running, port, options.startTimeoutMs ?? 15_000)) {
      return {
        kind,
        version: probe.version,
        url: `http://127.0.0.1:${port}/`,
        port,
        pid: running.pid,
        output: running.output,
        stop,
        [Symbol.asyncDispose]: stop,
      };
    }
    // Most likely the port was taken in between: another one is tried.
    await stop();
    printed = running.output();
  }
  throw new Error(`${kind} did not come up in ${ATTEMPTS} attempts; it printed: ${printed}`);
}

async function comesUp(running: ServerProcess, port: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && !running.hasEnded()) {
    if ((await ownsListeningPort(running.pid, port)) && (await acceptsConnections(port))) return true;
    await delay(POLL_MS);
  }
  return false;
}
