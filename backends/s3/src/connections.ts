import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { Timeouts } from '@mountkit/core';
import { Agent } from 'undici';
import type { Head } from './plane.ts';

/** A request as it goes over the wire. The target is sent as it is. */
interface WireRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as it comes from the wire. */
export interface WireAnswer extends Head {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable & { dump?(options: { limit: number }): Promise<void> };
}

/** A bounded pool of kept-alive connections of its own. */
export interface Connections {
  send(request: WireRequest, signal: AbortSignal | undefined): Promise<WireAnswer>;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** @param lookup resolves host names; that of the system by default. */
export function createConnections(timeouts: Timeouts, most: number, lookup?: LookupFunction): Connections {
  const agent = new Agent({
    connections: most,
    pipelining: 1,
    connect: { timeout: timeouts.connectMs, ...(lookup !== undefined && { lookup }) },
    headersTimeout: timeouts.firstByteMs,
    bodyTimeout: timeouts.idleMs,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: 64 * 1024,
  });
  let closed: Promise<void> | undefined;
  return {
    async send({ origin, target, method, headers, body }, signal): Promise<WireAnswer> {
      const answer = await agent.request({
        origin,
        path: target,
        method,
        headers,
        ...(signal !== undefined && { signal }),
        ...(body !== undefined && { body: body as Uint8Array }),
      });
      const raw = answer.headers;
      const header = (name: string): string | undefined => {
        const value = raw[name];
        return typeof value === 'string' || value === undefined ? value : value.join(', ');
      };
      return {
        status: answer.statusCode,
        header,
        get headers(): Readonly<Record<string, string>> {
          return Object.fromEntries(Object.keys(raw).map((name) => [name, header(name) ?? '']));
        },
        body: answer.body,
      };
    },
    async close(): Promise<void> {
      closed ??= agent.destroy();
      await closed;
    },
  };
}
