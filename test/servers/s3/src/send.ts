import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { drip, writeFiller, writePaced } from '@mountkit/test-server-parts';
import type { Outlet } from '@mountkit/test-server-parts';
import { bytesContent, contentBytes } from './content.ts';
import type { Content } from './content.ts';
import type { RequestRecord } from './counters.ts';
import type { FaultSpec } from './faults.ts';
import type { Reply } from './reply.ts';

/** Where an answer goes, and what stands in its way. */
export interface Sending extends Outlet {
  readonly record: RequestRecord;
  readonly fault: FaultSpec | undefined;
  /** A HEAD request: headers only. */
  readonly headOnly: boolean;
}

const RESET_DELAY_MS = 10;
const STOPPING = new Set(['cut-body', 'reset-body', 'stall-body', 'short-body']);

/** Sends an answer at the line's pace, spoiled as the fault says. */
export async function send(reply: Reply, sending: Sending): Promise<void> {
  const { response, record, fault, signal } = sending;
  const body = fault === undefined ? reply.body : spoiled(reply.body, fault, record);
  const stop = STOPPING.has(fault?.kind ?? '')
    ? Math.min(fault?.at ?? Math.floor(body.size / 2), body.size)
    : body.size;
  const isBodiless = reply.status === 204 || reply.status === 304;
  const endless = fault?.kind === 'endless-body' && !isBodiless;
  const headers: Record<string, string> = { ...reply.headers };
  if (!isBodiless && !endless) headers['content-length'] = String(statedLength(body, stop, fault));
  if (fault?.headers !== undefined) {
    for (const [name, value] of Object.entries(fault.headers)) {
      if (value === '') delete headers[name];
      else headers[name] = value;
    }
  }
  record.status = reply.status;
  record.errorCode = reply.errorCode;
  response.writeHead(reply.status, headers);
  if (sending.headOnly || (body.size === 0 && fault === undefined)) {
    response.end();
    return;
  }
  // Without a body to wait for, the headers would be kept back.
  if (stop === 0 || sending.pace.chunkBytes !== Infinity) response.flushHeaders();

  let left = stop;
  for (const slice of body.slices(0, stop)) {
    left -= slice.length;
    if (fault?.kind === 'drip') await drip(slice, fault.everyMs, sending);
    else if (left > 0 || fault !== undefined || sending.pace.chunkBytes !== Infinity) await writePaced(slice, sending);
    else {
      record.bytesSent += slice.length;
      response.end(slice);
      return;
    }
  }
  switch (fault?.kind) {
    case 'cut-body':
      response.socket?.destroySoon();
      return;
    case 'reset-body':
      await flushed(response);
      // A reset that overtakes the bytes looks like an ordinary end to a client that reads both at once.
      await sleep(RESET_DELAY_MS, undefined, { signal });
      response.socket?.resetAndDestroy();
      return;
    case 'stall-body':
      // A stalled answer ends with its connection.
      return;
    case 'lying-length':
      response.end(() => response.socket?.destroySoon());
      return;
    case 'endless-body':
      // Of an answer that has no body nothing is ever sent, so that the sender would never have to wait, nor end.
      if (endless) await writeFiller(sending);
      else response.end();
      return;
    default:
      response.end();
  }
}

function spoiled(body: Content, fault: FaultSpec, record: RequestRecord): Content {
  if (fault.kind === 'edit' && fault.edit !== undefined) {
    const edited = fault.edit(contentBytes(body), record);
    return bytesContent(typeof edited === 'string' ? Buffer.from(edited) : edited);
  }
  if (fault.kind !== 'flip-bit' || body.size === 0) return body;
  const at = Math.min(fault.at ?? Math.floor(body.size / 2), body.size - 1);
  return {
    size: body.size,
    *slices(start, end) {
      if (at < start || at >= end) {
        yield* body.slices(start, end);
        return;
      }
      yield* body.slices(start, at);
      yield Buffer.of((contentBytes(body, at, at + 1)[0] ?? 0) ^ 1);
      yield* body.slices(at + 1, end);
    },
  };
}

function statedLength(body: Content, stop: number, fault: FaultSpec | undefined): number {
  if (fault?.kind === 'short-body') return stop;
  return fault?.kind === 'lying-length' ? Math.max(0, body.size + (fault.by ?? 1)) : body.size;
}

async function flushed(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    response.write(Buffer.alloc(0), () => resolve());
  });
}
