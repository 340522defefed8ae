import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createListener, strike } from '@mountkit/test-server-parts';
import { answer } from './answer.ts';
import type { Service } from './call.ts';
import { createCounters } from './counters.ts';
import type { RequestRecord } from './counters.ts';
import { createFaults } from './faults.ts';
import { faultReply, rangeUnder, replyUnder } from './fault-reply.ts';
import { fromKeyBytes } from './key-bytes.ts';
import { operationOf } from './operation.ts';
import type { S3Server, S3ServerOptions } from './options.ts';
import { errorReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { S3Error } from './s3-error.ts';
import { send } from './send.ts';
import { serveBucket } from './served-bucket.ts';
import { createLine } from './shaping.ts';
import type { Shaping } from './shaping.ts';
import { rememberSigningKeys } from './signature/canonical.ts';
import type { Credential } from './signature/verify.ts';
import { createBucket } from './store/bucket.ts';
import { parseTarget } from './target.ts';
import type { Target } from './target.ts';

const MINIMUM_PART_BYTES = 5 * 1024 * 1024;
const NO_TARGET: Target = { bucket: undefined, key: undefined, path: '/', parameters: [], query: new Map() };

/**
 * Starts an S3-compatible server on loopback, with its objects in memory.
 *
 * @throws {Error} when the port is taken
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { region = 'us-east-1', now = Date.now } = options;
  const counters = createCounters();
  const faults = createFaults();
  const line = createLine(shapingOf(options));
  const credentials = new Map<string, Credential>();
  for (const credential of options.credentials ?? [{ accessKeyId: 'test', secretAccessKey: 'testsecret' }]) {
    credentials.set(credential.accessKeyId, credential);
  }
  const trust = {
    credential: (accessKeyId: string) => credentials.get(accessKeyId),
    signingKey: rememberSigningKeys(),
  };
  const connections = new WeakMap<Socket, number>();
  let clockOffsetMs = 0;
  let ids = 0;
  let closed: Promise<void> | undefined;

  const service: Service = {
    region,
    buckets: new Map(),
    pageSize: options.pageSize ?? 1000,
    minimumPartBytes: options.minimumPartBytes ?? MINIMUM_PART_BYTES,
    now: () => now() + clockOffsetMs,
    createBucket(name, bucketRegion = region) {
      const settings = {
        region: bucketRegion,
        versioning: undefined,
        policy: [],
        requesterPays: false,
        movedTo: undefined,
      };
      const bucket = createBucket(name, settings, service.now);
      service.buckets.set(name, bucket);
      return bucket;
    },
    nextId() {
      ids += 1;
      return createHash('sha256').update(String(ids)).digest('hex').slice(0, 16).toUpperCase();
    },
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> => {
    const { method = 'GET', url = '/', headers, socket } = incoming;
    const requestId = service.nextId();
    const hostId = Buffer.from(requestId).toString('base64');
    let target = NO_TARGET;
    let broken: S3Error | undefined;
    try {
      target = parseTarget(url, headers.host);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      broken = error;
    }
    const record: RequestRecord = {
      operation:
        broken === undefined ? operationOf(method, target, headers['x-amz-copy-source'] !== undefined) : 'unknown',
      method,
      path: url,
      bucket: target.bucket,
      key: target.key === undefined ? undefined : fromKeyBytes(target.key),
      headers,
      connection: connections.get(socket) ?? 0,
      requestId,
      status: 0,
      errorCode: undefined,
      bytesSent: 0,
      bytesReceived: 0,
    };
    counters.begin(record);
    response.once('close', () => counters.end());
    await line.arrive(socket, signal);

    const { hooks, fault } = faults.take(record);
    for (const hook of hooks) await hook.run?.(record);
    if (!(await strike(fault, socket, signal))) return;
    const routed = async (): Promise<Reply> => {
      if (broken !== undefined) throw broken;
      if (fault?.kind === 'error') return faultReply(fault);
      const body = counted(incoming, record);
      const reply = await answer(
        { operation: record.operation, method, target, headers, body, range: rangeUnder(fault, headers.range) },
        service,
        trust,
      );
      return replyUnder(fault, reply, headers.range);
    };
    let reply: Reply;
    try {
      reply = await routed();
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      reply = errorReply(error, { resource: target.path, requestId, hostId });
    }
    if (fault?.kind === 'lost-answer') {
      socket.resetAndDestroy();
      return;
    }
    const everywhere = {
      'x-amz-request-id': requestId,
      'x-amz-id-2': hostId,
      date: new Date(service.now()).toUTCString(),
      server: 'AmazonS3',
    };
    await send(
      { ...reply, headers: { ...everywhere, ...reply.headers } },
      { response, record, pace: line.pace(), signal, fault, headOnly: method === 'HEAD' },
    );
  };

  const listener = createListener(
    options.port ?? 0,
    (incoming, response) => {
      const gone = new AbortController();
      // A server that closes cuts its connections: what is still being answered ends by this too.
      response.once('close', () => {
        if (!response.writableFinished) gone.abort(new Error('the connection is gone'));
      });
      serve(incoming, response, gone.signal).catch((error: unknown) => {
        // A client that left is no news; anything else must not look like an answer of S3's.
        if (!gone.signal.aborted && !incoming.destroyed)
          process.emitWarning(error instanceof Error ? error : String(error));
        response.destroy();
      });
    },
    (socket) => {
      connections.set(socket, counters.connected());
      line.connected(socket);
      socket.once('close', () => counters.disconnected());
    },
  );
  await listener.up();

  const close = async (): Promise<void> => {
    closed ??= listener.down();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${listener.port}`,
    port: listener.port,
    region,
    virtualHostUrl: `http://s3.localhost:${listener.port}`,
    lookup: (_host, { all }, found) => {
      if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
      else found(null, '127.0.0.1', 4);
    },
    createBucket(name, bucketOptions = {}) {
      const bucket = serveBucket(service.createBucket(name, bucketOptions.region));
      bucket.update(bucketOptions);
      return bucket;
    },
    bucket(name) {
      const bucket = service.buckets.get(name);
      return bucket === undefined ? undefined : serveBucket(bucket);
    },
    setCredential: (credential) => void credentials.set(credential.accessKeyId, credential),
    expire(accessKeyId) {
      const credential = credentials.get(accessKeyId);
      if (credential !== undefined) credentials.set(accessKeyId, { ...credential, expiresAtMs: service.now() });
    },
    removeCredential: (accessKeyId) => void credentials.delete(accessKeyId),
    setClockOffset(offsetMs) {
      clockOffsetMs = offsetMs;
    },
    fault: (spec) => faults.add(spec),
    clearFaults: () => faults.clear(),
    shape: (shaping) => line.set(shaping),
    down: async () => listener.down(),
    async up() {
      if (closed !== undefined) throw new Error('the server is closed');
      await listener.up();
    },
    requests: counters.requests,
    stats: () => counters.stats(),
    reset: () => counters.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function shapingOf({ latencyMs, connectMs, requestBandwidth, bandwidth }: S3ServerOptions): Partial<Shaping> {
  return {
    ...(latencyMs !== undefined && { latencyMs }),
    ...(connectMs !== undefined && { connectMs }),
    ...(requestBandwidth !== undefined && { requestBandwidth }),
    ...(bandwidth !== undefined && { bandwidth }),
  };
}

async function* counted(incoming: IncomingMessage, record: RequestRecord): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of incoming) {
      record.bytesReceived += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (error) {
    // The client broke off: there is nobody left to answer.
    throw new S3Error('IncompleteBody', { message: String(error) });
  }
}
