import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cephConfiguration } from './configuration.ts';
import { createDaemons } from './daemons.ts';
import type { Daemons } from './daemons.ts';
import { findPrograms, run } from './programs.ts';
import type { Programs } from './programs.ts';

/** Options of {@link startRadosgw}. */
export interface RadosgwOptions {
  /** `bluestore` for more data than memory holds. @default 'memstore' */
  readonly objectStore?: 'memstore' | 'bluestore';
  /** How long it may take until it answers; 15 s are usual. @default 120000 */
  readonly startTimeoutMs?: number;
}

/** A running radosgw. */
export interface Radosgw extends AsyncDisposable {
  /** Base URL for path-style requests, without a final slash. Virtual hosts are `*.s3.localhost`. */
  readonly url: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Any region is accepted. */
  readonly region: string;
  /** Absolute path of its private directory. */
  readonly home: string;
  /** Process ids of its programs that run. */
  pids(): readonly number[];
  /** What it has logged, for a failed test's message. */
  logs(): Promise<string>;
  /** Ends it and removes its private directory. May be called twice. */
  stop(): Promise<void>;
}

const ATTEMPTS = 3;
const USER = { accessKeyId: 'test', secretAccessKey: 'testsecret' };

/**
 * Starts a Ceph cluster of one with its S3 gateway on free loopback ports and waits until it answers. It ends with
 * {@link Radosgw.stop}, or with this Node process.
 *
 * @throws {Error} when Ceph is not installed or does not come up; the message holds what it logged
 */
export async function startRadosgw(options: RadosgwOptions = {}): Promise<Radosgw> {
  const programs = await findPrograms();
  if (Array.isArray(programs)) throw new Error(`radosgw can't be started: ${programs.join(', ')} not installed`);
  let logged = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const home = await mkdtemp(join(tmpdir(), `mountkit-radosgw-${process.pid}-`));
    const daemons = createDaemons(home);
    const logs = async (): Promise<string> => readLogs(join(home, 'log'));
    const stop = async (): Promise<void> => {
      await daemons.stop();
      await rm(home, { recursive: true, force: true });
    };
    const signal = AbortSignal.timeout(options.startTimeoutMs ?? 120_000);
    try {
      const port = await bringUp(programs, daemons, home, options.objectStore ?? 'memstore', signal);
      return {
        url: `http://127.0.0.1:${port}`,
        port,
        ...USER,
        region: 'us-east-1',
        home,
        pids: () => daemons.pids(),
        logs,
        stop,
        [Symbol.asyncDispose]: stop,
      };
    } catch (error) {
      // Most likely a port was taken in between: others are tried.
      logged = `${String(error)}\n${await logs()}`;
      await stop();
    }
  }
  throw new Error(`radosgw did not come up in ${ATTEMPTS} attempts: ${logged}`);
}

async function bringUp(
  programs: Programs,
  daemons: Daemons,
  home: string,
  objectStore: 'memstore' | 'bluestore',
  signal: AbortSignal,
): Promise<number> {
  for (const name of ['mon', 'osd', 'run', 'log', 'rgw']) await mkdir(join(home, name));
  const fsid = randomUUID();
  const [monitorPort, gatewayPort] = await freePorts();
  const path = join(home, 'ceph.conf');
  await writeFile(path, cephConfiguration({ home, fsid, monitorPort, gatewayPort, objectStore }));
  const configured = ['-c', path];

  const map = join(home, 'monmap');
  await run(
    programs.monmaptool,
    ['--create', '--clobber', '--fsid', fsid, '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, map],
    signal,
  );
  await run(programs['ceph-mon'], [...configured, '-i', 'a', '--mkfs', '--monmap', map], signal);
  await daemons.start(programs['ceph-mon'], [...configured, '-i', 'a', '-f']);

  const osd = randomUUID();
  const known = async (): Promise<boolean> =>
    run(programs.ceph, [...configured, '--connect-timeout', '5', 'osd', 'new', osd], signal).then(
      () => true,
      () => false,
    );
  await until(known, signal);
  await run(programs['ceph-osd'], [...configured, '-i', '0', '--mkfs', '--osd-uuid', osd], signal);
  // It ends at once now and then, and comes up when it is tried again.
  let store = await daemons.start(programs['ceph-osd'], [...configured, '-i', '0', '-f']);
  const isUp = async (): Promise<boolean> => {
    if (store.hasEnded()) store = await daemons.start(programs['ceph-osd'], [...configured, '-i', '0', '-f']);
    const status = await run(programs.ceph, [...configured, '--connect-timeout', '5', 'osd', 'stat'], signal).catch(
      () => '',
    );
    return /\b1 up\b/.test(status);
  };
  await until(isUp, signal);

  const gateway = await daemons.start(programs.radosgw, [...configured, '-n', 'client.rgw', '-f']);
  const answers = async (): Promise<boolean> => {
    if (gateway.hasEnded()) throw new Error('radosgw ended');
    return fetch(`http://127.0.0.1:${gatewayPort}/`, { signal }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
  };
  await until(answers, signal);
  const { accessKeyId, secretAccessKey } = USER;
  const user = ['user', 'create', '--uid', 'test', '--display-name', 'test'];
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  await run(programs['radosgw-admin'], [...configured, '-n', 'client.rgw', ...user, ...keys], signal);
  return gatewayPort;
}

async function until(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await holds())) await delay(100, undefined, { signal });
}

/** Two loopback ports that were free a moment ago. */
async function freePorts(): Promise<readonly [number, number]> {
  const open = async (): Promise<{ port: number; close: () => void }> => {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve({ port, close: () => server.close() });
      });
    });
  };
  const [first, second] = [await open(), await open()];
  first.close();
  second.close();
  return [first.port, second.port];
}

async function readLogs(directory: string): Promise<string> {
  const names = await readdir(directory).catch(() => []);
  const texts = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(directory, name), 'utf8').catch(() => '');
      return `== ${name}\n${text.slice(-4000)}`;
    }),
  );
  return texts.join('\n');
}
