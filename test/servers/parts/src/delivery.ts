import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_EVERY_MS } from './fault.ts';

const FILLER_BYTES = 64 * 1024;

/** The speed of one answer. */
export interface Pace {
  /** Largest chunk to send at once, so that answers share the line fairly. */
  readonly chunkBytes: number;
  /** Waits until `length` more body bytes may be sent; `undefined` where there is nothing to wait for. */
  next(length: number, signal: AbortSignal): Promise<void> | undefined;
}

/** Where a body goes. */
export interface Outlet {
  readonly response: ServerResponse;
  /** Where the sent bytes are counted. */
  readonly record: { bytesSent: number };
  readonly pace: Pace;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

/**
 * Writes a part of a body at its pace, no faster than the client takes it.
 *
 * @throws the signal's reason when it aborts
 */
export async function writePaced(part: Buffer, { response, record, pace, signal }: Outlet): Promise<void> {
  const step = Math.min(pace.chunkBytes, part.length);
  for (let at = 0; at < part.length; at += step) {
    const chunk = part.subarray(at, at + step);
    await pace.next(chunk.length, signal);
    signal.throwIfAborted();
    record.bytesSent += chunk.length;
    if (!response.write(chunk)) await drained(response, signal);
  }
}

/** Writes a part of a body one byte every `everyMs` milliseconds, by default 100 (slow loris). */
export async function drip(part: Buffer, everyMs: number | undefined, outlet: Outlet): Promise<void> {
  for (let at = 0; at < part.length; at += 1) {
    await sleep(everyMs ?? DEFAULT_EVERY_MS, undefined, { signal: outlet.signal });
    await writePaced(part.subarray(at, at + 1), outlet);
  }
}

/** Writes filler without end: until the signal aborts. */
export async function writeFiller(outlet: Outlet): Promise<void> {
  const filler = Buffer.alloc(FILLER_BYTES, 'x');
  while (!outlet.signal.aborted) await writePaced(filler, outlet);
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      signal.removeEventListener('abort', gone);
      response.off('drain', done);
      resolve();
    };
    const gone = (): void => {
      response.off('drain', done);
      reject(signal.reason as Error);
    };
    response.on('drain', done);
    signal.addEventListener('abort', gone, { once: true });
  });
}
