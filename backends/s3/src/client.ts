import type { LookupFunction } from 'node:net';
import {
  abortable,
  type BackendContext,
  type CallContext,
  canceled,
  errorAt,
  FsError,
  type Gate,
  isFsError,
  linkSignals,
} from '@mountkit/core';
import { watchBody } from './body.ts';
import { createConnections } from './connections.ts';
import { errorOf, isElsewhere, isExpired, isSkewed, isThrottling, retryAfterMs, type Where } from './errors.ts';
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
  list(request: ListObjectsRequest, where: Where, call: CallContext): Promise<ListAnswer>;
  /** Makes an {@link FsError} of what was thrown. */
  errorOf(caught: unknown, where: Where): FsError;
  /** Ends every request with ECANCELED and lets go of the connections. Idempotent. */
  close(): Promise<void>;
}

type Correction = 'region' | 'clock' | 'credentials';

/** The shortest and the longest pause after a SlowDown that names none, in milliseconds. */
const [shortestPauseMs, longestPauseMs] = [100, 3_200];

/** Makes the client of a mount; it does nothing before its first request. */
export function createClient(settings: S3Settings, context: BackendContext, lookup?: LookupFunction): S3Client {
  const { clock } = context;
  const connections = createConnections(context.timeouts, settings.connections, lookup);
  const identity = createIdentity(settings, connections, clock);
  const closing = new AbortController();
  const lean = createLeanPlane(identity, connections, settings);
  const sdk = createSdkPlane(identity, settings.bucket, settings);
  let gate: Gate | undefined;
  let pauseMs = shortestPauseMs;

  async function plane(): Promise<DataPlane> {
    if (settings.dataPlane !== undefined) return settings.dataPlane === 'sdk' ? sdk : lean;
    return (await identity.endpoint()).scheme === 'sigv4' ? lean : sdk;
  }

  /** Scheme, host and port, with credentials at hand. */
  async function originOf(): Promise<string> {
    const [{ origin }] = await Promise.all([identity.endpoint(), identity.name()]);
    return origin;
  }

  async function gateOf(origin: string): Promise<Gate> {
    if (gate !== undefined) return gate;
    const credential = await identity.name();
    // S3 takes 5,500 reads a second for a prefix; what a bucket takes altogether it says by SlowDown.
    gate ??= context.gate(
      { origin, ...(credential !== undefined && { credential }) },
      { concurrency: settings.connections * 4, pointsPerMinute: 330_000, maxWaitMs: 60_000, reserve: 0 },
    );
    return gate;
  }

  /** Puts right what a refusal is about; false where that has been tried, or can't be done. */
  async function correct(refusal: Refusal, tried: Set<Correction>): Promise<boolean> {
    const once = (correction: Correction): boolean => !tried.has(correction) && tried.add(correction) !== undefined;
    if (isElsewhere(refusal)) {
      const region = refusal.header('x-amz-bucket-region') ?? refusal.element('Region');
      if (region === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(region) || region === (await identity.region()))
        return false;
      if (!once('region')) return false;
      identity.moveTo(region);
      return true;
    }
    if (isSkewed(refusal)) {
      const serverMs = Date.parse(refusal.header('date') ?? '');
      if (Number.isNaN(serverMs) || !once('clock')) return false;
      identity.setTime(serverMs);
      return true;
    }
    if (!isExpired(refusal) || settings.anonymous || !once('credentials')) return false;
    await identity.refresh();
    return true;
  }

  async function exchange<A extends Head>(
    route: string,
    where: Where,
    call: CallContext,
    attempt: (plane: DataPlane, signal: AbortSignal) => Promise<A>,
  ): Promise<{
    readonly answer: A;
    readonly report: (bytes: number, error?: unknown) => void;
    readonly signal: AbortSignal;
  }> {
    if (closing.signal.aborted) throw new FsError('EBADF', { ...where });
    const link = linkSignals(call.signal, context.signal, closing.signal);
    const { signal } = link;
    const tried = new Set<Correction>();
    try {
      if (signal.aborted) throw canceled(where.op, where.path, signal.reason);
      for (;;) {
        // Where credentials come from may be silent for long and knows no signal.
        const origin = await abortable(originOf(), signal, where.op, where.path);
        const through = await gateOf(origin);
        const pass = await through.take(1, { ...call, signal });
        const startedMs = clock.now();
        const tell = (head: Head | undefined, bytesReceived: number, error?: unknown): void => {
          const requestId = head?.header('x-amz-request-id');
          context.onRequest({
            method: 'GET',
            route,
            origin,
            bytesReceived,
            bytesSent: 0,
            elapsedMs: clock.now() - startedMs,
            ...(head !== undefined && { status: head.status }),
            ...(requestId !== undefined && { requestId }),
            ...(error !== undefined && { error }),
          });
        };
        try {
          const answer = await abortable(attempt(await plane(), signal), signal, where.op, where.path);
          pauseMs = shortestPauseMs;
          return {
            answer,
            signal,
            report: (bytes, error) => {
              link.unlink();
              tell(answer, bytes, error);
            },
          };
        } catch (caught) {
          if (caught instanceof Refusal) {
            tell(caught, 0);
            if (isThrottling(caught)) {
              const nowMs = clock.now();
              through.pauseUntil(nowMs + (retryAfterMs(caught, nowMs) ?? pauseMs));
              pauseMs = Math.min(longestPauseMs, pauseMs * 2);
            }
            if (await correct(caught, tried)) continue;
            throw caught;
          }
          const error = failure(caught, where, signal);
          tell(undefined, 0, error);
          throw error;
        } finally {
          pass.release();
        }
      }
    } catch (caught) {
      link.unlink();
      throw caught instanceof Refusal ? caught : failure(caught, where, signal);
    }
  }

  function failure(caught: unknown, where: Where, signal: AbortSignal): FsError {
    if (!signal.aborted) return errorOf(caught, where, clock.now());
    const { reason } = signal as { readonly reason: unknown };
    return isFsError(reason) && reason.code !== 'ECANCELED'
      ? errorAt(reason, where.path, where.op)
      : canceled(where.op, where.path, reason);
  }

  return {
    async get(request, where, call): Promise<GetAnswer> {
      const { answer, report, signal } = await exchange('GetObject', where, call, (through, at) =>
        through.get(request, at),
      );
      let bytes = 0;
      const body = watchBody(answer.body, {
        each: (chunk) => {
          bytes += chunk.byteLength;
        },
        failure: (caught) => failure(caught, where, signal),
        ended: (error) => report(bytes, error),
      });
      return { status: answer.status, header: answer.header, body };
    },
    async list(request, where, call): Promise<ListAnswer> {
      const { answer, report } = await exchange('ListObjectsV2', where, call, (through, at) =>
        through.list(request, at),
      );
      report(answer.bytesReceived);
      return answer;
    },
    errorOf: (caught, where) => errorOf(caught, where, clock.now()),
    async close(): Promise<void> {
      closing.abort(canceled('close'));
      await identity.close();
      await connections.close();
    },
  };
}
