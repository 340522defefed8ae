import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { drip, writeFiller, writePaced } from '@mountkit/test-server-parts';
import type { Outlet } from '@mountkit/test-server-parts';
import type { RequestRecord } from './counters.ts';
import type { FaultSpec } from './faults.ts';
import type { Reply } from './reply.ts';

const compress = promisify(gzip);

/** Where an answer goes, and what stands in its way. */
export interface Sending extends Outlet {
  readonly record: RequestRecord;
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
  const isBodiless = reply.status === 204 || reply.status === 304;
  // Of an answer that has no body nothing is ever sent, so that the sender would never have to wait, nor end.
  const endless = fault?.kind === 'endless-body' && !isBodiless;
  const stated = fault?.kind === 'short-body' && length !== undefined ? Math.min(stop, length) : length;
  if (stated !== undefined && !endless && !isBodiless) {
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
  let sent = 0;
  for await (const part of source) {
    let chunk = part as Buffer;
    if (fault?.kind === 'drip') {
      await drip(chunk, fault.everyMs, sending);
      continue;
    }
    if (fault?.kind === 'flip-bit' && length === undefined) chunk = sent === 0 ? flipped(chunk, fault.at) : chunk;
    const cuts = fault?.kind === 'cut-body' || fault?.kind === 'stall-body' || fault?.kind === 'short-body';
    if (cuts && sent + chunk.length >= stop) {
      await writePaced(chunk.subarray(0, stop - sent), sending);
      if (fault.kind === 'cut-body') response.socket?.destroySoon();
      if (fault.kind === 'short-body') response.end();
      // A stalled answer ends with its connection.
      return;
    }
    sent += chunk.length;
    await writePaced(chunk, sending);
  }
  if (endless) {
    await writeFiller(sending);
    return;
  }
  response.end();
}

function flipped(body: Buffer, at: number | undefined): Buffer {
  const copy = Buffer.from(body);
  const index = Math.min(at ?? Math.floor(copy.length / 2), copy.length - 1);
  if (index >= 0) copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
