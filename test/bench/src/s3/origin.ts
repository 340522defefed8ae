import {
  type Content,
  contentBytes,
  publicReadAndList,
  seededContent,
  type S3Server,
  startS3Server,
} from '@mountkit/test-s3-server';
import { quiet } from '../origin/quiet.ts';
import type { Traffic } from '../origin/target.ts';
import { fixturesOf, type S3Scale, warmUpPrefix, warmUpS3Scale } from './fixtures.ts';
import { type NetworkId, networks } from './network.ts';

/** Where the bucket is. */
export interface S3Target {
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the server's process is told. */
export type S3OriginCommand =
  | { readonly type: 'start'; readonly scale: S3Scale }
  | { readonly type: 'shape'; readonly network: NetworkId }
  | { readonly type: 'reset' }
  | { readonly type: 'traffic' }
  | { readonly type: 'close' };

/** What it answers, one answer a command. */
export interface S3OriginAnswer {
  readonly target?: S3Target;
  readonly traffic?: Traffic;
  readonly error?: string;
}

const bucket = 'bench';

let server: S3Server | undefined;

/** Everybody may read: the raw loop asks without a signature. */
async function start(scale: S3Scale): Promise<S3Target> {
  server = await startS3Server();
  // Each content makes its bytes by itself: many small objects share one.
  const pools = new Map<number, Content>();
  const pool = (seed: number): Content => {
    const found = pools.get(seed) ?? seededContent(seed, 1_000_000);
    pools.set(seed, found);
    return found;
  };
  const objects = server.createBucket(bucket, { policy: publicReadAndList });
  for (const { big, random, small, listed } of [fixturesOf(scale, ''), fixturesOf(warmUpS3Scale, warmUpPrefix)]) {
    for (const { key, size, seed } of [big, random]) objects.put(key, seededContent(seed, size));
    for (const { key, size, seed } of small) objects.put(key, contentBytes(pool(seed), 0, size));
    for (const { name, size } of listed.files) objects.put(listed.directory + name, contentBytes(pool(0), 0, size));
  }
  return { url: server.url, bucket, region: server.region, accessKeyId: 'test', secretAccessKey: 'testsecret' };
}

function trafficOf(from: S3Server): Traffic {
  const { requests, bytesSent, connectionsOpened, peakConcurrency, inFlight } = from.stats();
  const content = from.requests.filter(({ operation }) => operation === 'GetObject');
  return {
    requests,
    bytes: bytesSent,
    contentBytes: content.reduce((sum, each) => sum + each.bytesSent, 0),
    connections: connectionsOpened,
    peakRequests: peakConcurrency,
    inFlight,
  };
}

async function obey(command: S3OriginCommand): Promise<S3OriginAnswer> {
  if (command.type === 'start') return { target: await start(command.scale) };
  const running = server;
  if (running === undefined) throw new Error('not started');
  if (command.type === 'traffic') return { traffic: await quiet(() => trafficOf(running)) };
  if (command.type === 'shape') running.shape(networks[command.network].shaping);
  else if (command.type === 'reset') running.reset();
  else await running.close();
  return {};
}

process.on('message', (command: S3OriginCommand) => {
  void (async () => {
    const answer = await obey(command).catch((error: unknown): S3OriginAnswer => ({ error: String(error) }));
    process.send?.(answer);
    if (command.type === 'close') process.disconnect();
  })();
});
process.on('disconnect', () => process.exit());
