import type { LookupFunction } from 'node:net';
import {
  abortable,
  type BackendContext,
  type CallContext,
  canceled,
  endedBy,
  errorAt,
  errorWith,
  FsError,
  type Gate,
  isFsError,
  onAbort,
} from '@mountkit/core';
import { watchBody } from './body.ts';
import { createConnections } from './connections.ts';
import { correct, type Correction } from './corrections.ts';
import { errorOf, isThrottling, retryAfterMs, type Where } from './errors.ts';
import { createIdentity } from './identity.ts';
import { createLeanPlane } from './lean-plane.ts';
import type { S3Settings } from './options.ts';
import {
  type DataPlane,
  type GetAnswer,
  type GetRequest,
  type Head,
  type ListAnswer,
  type ListObjectsRequest,
  Refusal,
} from './plane.ts';
import { createSdkPlane } from './sdk-plane.ts';

/** Asks one bucket. */
export interface S3Client {
  /**
   * One GetObject; region, clock and expired credentials are put right once each. The body reports its own end.
   *
   * @throws {Refusal} for an answer that is no success, so that the caller can tell what it means; {@link FsError} for everything else.
   */
  get(request: GetRequest, where: Where, call: CallContext): Promise<GetAnswer>;
  /** One page. @throws as {@link get} does. */
  list(
    request: ListObjectsRequest,
    where: Where,
    call: CallContext,
    onNext?: (token: string) => void,
  ): Promise<ListAnswer>;
  /** Makes an {@link FsError} of what was thrown. */
  errorOf(caught: unknown, where: Where): FsError;
  /** Ends every request with ECANCELED and lets go of the connections. Idempotent. */
  close(): Promise<void>;
}

/** The way to the service, once the credentials and the endpoint are known. */
interface Route {
  readonly origin: string;
  readonly region: string;
  readonly gate: Gate;
  readonly plane: DataPlane;
}

/** An answer, and how to tell its end. */
interface Exchanged<A> {
  readonly answer: A;
  readonly report: (bytes: number, error?: unknown) => void;
}

/** The shortest and the longest pause after a SlowDown that names none, in milliseconds. */
const [shortestPauseMs, longestPauseMs] = [100, 3_200];

/** Makes the client of a mount; it does nothing before its first request. */
export function createClient(settings: S3Settings, context: BackendContext, lookup?: LookupFunction): S3Client {
  const { clock } = context;
  const connections = createConnections(context.timeouts, settings.connections, lookup);
  const identity = createIdentity(settings, connections, clock);
  const lean = createLeanPlane(identity, connections, settings);
  const sdk = createSdkPlane(identity, settings.bucket, settings);
  let pauseMs = shortestPauseMs;
  let gate: Gate | undefined;
  let route: Route | undefined;

  // Cutting the connections ends what is under way: no request needs a signal of its own for that.
  const closing = new AbortController();
  const shut = async (): Promise<void> => {
    closing.abort(canceled('close'));
    await connections.close();
  };
  const unfollow = onAbort(context.signal, () => void shut());
  let closed = false;

  /** Where credentials come from may be silent for long, and knows no signal. */
  async function findRoute(where: Where, { signal }: CallContext): Promise<Route> {
    const known = route;
    if (known !== undefined) return known;
    const found = Promise.all([identity.endpoint(), identity.name(), identity.region()]);
    const [{ origin, scheme }, credential, region] = await abortable(
      abortable(found, closing.signal, where.op, where.path),
      signal,
      where.op,
      where.path,
    );
    // S3 takes 5,500 reads a second for a prefix; what a bucket takes altogether it says by SlowDown.
    gate ??= context.gate(
      { origin, ...(credential !== undefined && { credential }) },
      { concurrency: settings.connections * 4, pointsPerMinute: 330_000, maxWaitMs: 60_000, reserve: 0 },
    );
    const chosen = settings.dataPlane ?? (scheme === 'sigv4' ? 'lean' : 'sdk');
    route = { origin, region, gate, plane: chosen === 'sdk' ? sdk : lean };
    return route;
  }

  async function exchange<A extends Head>(
    name: string,
    where: Where,
    call: CallContext,
    ask: (plane: DataPlane, signal: AbortSignal | undefined) => Promise<A>,
  ): Promise<Exchanged<A>> {
    const tried = new Set<Correction>();
    for (;;) {
      let region = '';
      try {
        if (closed) throw new FsError('EBADF', { ...where });
        if (closing.signal.aborted || call.signal?.aborted === true) throw ended(where, call);
        const through = await findRoute(where, call);
        ({ region } = through);
        return await once(name, through, where, call, ask);
      } catch (caught) {
        if (!(caught instanceof Refusal)) throw failure(caught, where, call);
        const again = await correct(identity, caught, region, tried).catch((error: unknown) => {
          throw failure(error, where, call);
        });
        if (!again) throw caught;
        route = undefined;
      }
    }
  }

  async function once<A extends Head>(
    name: string,
    through: Route,
    where: Where,
    call: CallContext,
    ask: (plane: DataPlane, signal: AbortSignal | undefined) => Promise<A>,
  ): Promise<Exchanged<A>> {
    const pass = await through.gate.take(1, call);
    const startedMs = clock.now();
    const tell = (head: Head | undefined, bytesReceived: number, error?: unknown): void => {
      const requestId = head?.header('x-amz-request-id');
      context.onRequest({
        method: 'GET',
        route: name,
        origin: through.origin,
        bytesReceived,
        bytesSent: 0,
        elapsedMs: clock.now() - startedMs,
        ...(head !== undefined && { status: head.status }),
        ...(requestId !== undefined && { requestId }),
        ...(error !== undefined && { error }),
      });
    };
    try {
      const answer = await abortable(ask(through.plane, call.signal), call.signal, where.op, where.path);
      pauseMs = shortestPauseMs;
      return { answer, report: (bytes, error) => tell(answer, bytes, error) };
    } catch (caught) {
      if (!(caught instanceof Refusal)) {
        const error = failure(caught, where, call);
        tell(undefined, 0, error);
        throw error;
      }
      tell(caught, 0);
      if (isThrottling(caught)) slowDown(through.gate, caught);
      throw caught;
    } finally {
      pass.release();
    }
  }

  function slowDown(gate: Gate, refusal: Refusal): void {
    const nowMs = clock.now();
    gate.pauseUntil(nowMs + (retryAfterMs(refusal, nowMs) ?? pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }

  function failure(caught: unknown, where: Where, call: CallContext): FsError {
    if (closing.signal.aborted || call.signal?.aborted === true) {
      return isFsError(caught) && caught.code === 'EBADF' ? caught : ended(where, call);
    }
    return errorOf(caught, where, clock.now());
  }

  function ended(where: Where, { signal }: CallContext): FsError {
    const by = signal?.aborted === true ? signal : closing.signal;
    return errorAt(endedBy(by, where.op, where.path), where.path, where.op);
  }

  return {
    async get(request, where, call): Promise<GetAnswer> {
      const { answer, report } = await exchange('GetObject', where, call, (plane, signal) =>
        plane.get(request, signal),
      );
      let bytes = 0;
      const requestId = answer.header('x-amz-request-id');
      const told = { status: answer.status, ...(requestId !== undefined && { requestId }) };
      const body = watchBody(answer.body, {
        each: (chunk) => {
          bytes += chunk.byteLength;
        },
        failure: (caught) => errorWith(failure(caught, where, call), told),
        ended: (error) => report(bytes, error),
      });
      return { status: answer.status, header: answer.header, body };
    },
    async list(request, where, call, onNext): Promise<ListAnswer> {
      const { answer, report } = await exchange('ListObjectsV2', where, call, (plane, signal) =>
        plane.list(request, signal, onNext),
      );
      report(answer.bytesReceived);
      return answer;
    },
    errorOf: (caught, where) => errorOf(caught, where, clock.now()),
    async close(): Promise<void> {
      closed = true;
      unfollow();
      await shut();
      await identity.close();
    },
  };
}
