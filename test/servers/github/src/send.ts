import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RequestRecord } from './counters.ts';
import type { FaultSpec } from './faults.ts';
import type { Reply } from './reply.ts';
import type { Line } from './shaping.ts';

const compress = promisify(gzip);

/** Where an answer goes, and what stands in its way. */
export interface Sending {
  readonly response: ServerResponse;
  readonly record: RequestRecord;
  readonly line: Line;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
  readonly fault: FaultSpec | undefined;
  /** Whether the client takes gzip. */
  readonly gzip: boolean;
  /** A HEAD request: headers only. */
  readonly headOnly: boolean;
}

/** Sends an answer at the line's pace, spoiled as the fault says. */
export async function send(reply: Reply, sending: Sending): Promise<void> {
  const { response, record, fault } = sending;
  const headers: Record<string, string> = { ...reply.headers };
  let { body } = reply;
  if (Buffer.isBuffer(body)) {
    if (fault?.kind === 'flip-bit') body = flipped(body, fault.at);
    if (sending.gzip && body.length > 256 && headers['content-type']?.includes('json') === true) {
      body = await compress(body, { level: 5 });
      headers['content-encoding'] = 'gzip';
    }
  }
  const length = Buffer.isBuffer(body) ? body.length : undefined;
  const stop = fault?.at ?? (length === undefined ? 1024 : Math.floor(length / 2));
  const endless = fault?.kind === 'endless-body';
  const stated = fault?.kind === 'short-body' && length !== undefined ? Math.min(stop, length) : length;
  if (stated !== undefined && !endless && reply.status !== 204 && reply.status !== 304) {
    headers['content-length'] = String(stated);
  }
  Object.assign(headers, fault?.headers);
  record.status = reply.status;
  response.writeHead(reply.status, headers);
  // Without a body to wait for, the headers would be kept back.
  response.flushHeaders();

  if (sending.headOnly) {
    if (!Buffer.isBuffer(body)) body.destroy();
    response.end();
    return;
  }
  const source = Buffer.isBuffer(body) ? [body] : body;
  const write = async (part: Buffer): Promise<void> => writePart(part, sending);
  let sent = 0;
  for await (const part of source) {
    let chunk = part as Buffer;
    if (fault?.kind === 'drip') {
      for (let at = 0; at < chunk.length; at += 1) {
        await sleep(fault.everyMs ?? 100, undefined, { signal: sending.signal });
        await write(chunk.subarray(at, at + 1));
      }
      continue;
    }
    if (fault?.kind === 'flip-bit' && length === undefined) chunk = sent === 0 ? flipped(chunk, fault.at) : chunk;
    const cuts = fault?.kind === 'cut-body' || fault?.kind === 'stall-body' || fault?.kind === 'short-body';
    if (cuts && sent + chunk.length >= stop) {
      await write(chunk.subarray(0, stop - sent));
      if (fault.kind === 'cut-body') response.socket?.destroySoon();
      if (fault.kind === 'short-body') response.end();
      // A stalled answer ends with its connection.
      return;
    }
    sent += chunk.length;
    await write(chunk);
  }
  if (endless) {
    const filler = Buffer.alloc(64 * 1024, 'x');
    while (!sending.signal.aborted) await write(filler);
    return;
  }
  response.end();
}

async function writePart(part: Buffer, { response, record, line, signal }: Sending): Promise<void> {
  const step = Math.min(line.chunkBytes(), part.length);
  for (let at = 0; at < part.length; at += step) {
    const chunk = part.subarray(at, at + step);
    await line.pace(chunk.length, signal);
    signal.throwIfAborted();
    record.bytesSent += chunk.length;
    if (!response.write(chunk)) await drained(response, signal);
  }
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

function flipped(body: Buffer, at: number | undefined): Buffer {
  const copy = Buffer.from(body);
  const index = Math.min(at ?? Math.floor(copy.length / 2), copy.length - 1);
  if (index >= 0) copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
