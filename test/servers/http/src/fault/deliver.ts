import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './exchange.ts';
import type { Gate } from './gate.ts';
import type { Pace } from './pace.ts';

/** What delivery needs besides the answer. */
export interface DeliveryRoom {
  readonly gate: Gate;
  readonly pace: Pace;
  /** Aborts when the client or the server goes away: every wait ends. */
  readonly signal: AbortSignal;
  /** Called after body bytes have been handed to the socket. */
  readonly sent: (bytes: number) => void;
}

/** How an answer's way ended on the server's side. */
export type DeliveryEnd = 'complete' | 'cut' | 'reset' | 'silent';

const PIECE_BYTES = 64 * 1024;

/**
 * Sends an answer the way its delivery says.
 *
 * @throws Error when the client or the server goes away before the end.
 */
export async function deliver(
  answer: Answer,
  response: ServerResponse,
  withBody: boolean,
  room: DeliveryRoom,
): Promise<DeliveryEnd> {
  const { body, delivery, headers, status } = answer;
  const { gate, pace, signal } = room;
  const { drip, dripHeaders, holdAfterBytes, stopAfterBytes, stopBy } = delivery;

  await pace.latency(signal);
  if (holdAfterBytes !== undefined && holdAfterBytes < 0) await gate.hold(signal);
  if (stopAfterBytes !== undefined && stopAfterBytes < 0) return stop(response, stopBy ?? 'end', signal);

  // A known length is sent as it is, true or not: Node checks it only with strictContentLength.
  response.sendDate = true;
  response.writeHead(status, { ...headers });
  if (dripHeaders !== undefined) {
    await sendHeadersSlowly(response, dripHeaders, signal);
  } else {
    response.flushHeaders();
  }

  let sentBytes = 0;
  let holdAt = holdAfterBytes ?? -1;
  for (const piece of withBody && status !== 304 ? pieces(body, drip?.bytes ?? PIECE_BYTES) : []) {
    let from = 0;
    while (from < piece.byteLength) {
      if (holdAt === sentBytes) {
        holdAt = -1;
        await gate.hold(signal);
      }
      if (stopAfterBytes === sentBytes) return stop(response, stopBy ?? 'end', signal);
      // A piece ends where something is to happen.
      const marks = [stopAfterBytes, holdAt].filter((mark): mark is number => mark !== undefined && mark > sentBytes);
      const length = Math.min(piece.byteLength - from, ...marks.map((mark) => mark - sentBytes));
      await pace.transfer(length, signal);
      if (!response.write(piece.subarray(from, from + length))) await once(response, 'drain', { signal });
      room.sent(length);
      sentBytes += length;
      from += length;
    }
    if (drip !== undefined) await delay(drip.everyMs, undefined, { signal });
    // Endless bodies must leave room for the rest of the process.
    else if (!(body instanceof Uint8Array)) await delay(0, undefined, { signal });
  }
  if (holdAt === sentBytes) await gate.hold(signal);
  if (stopAfterBytes === sentBytes && withBody) {
    return stop(response, stopBy ?? 'end', signal);
  }

  const { socket } = response;
  response.end();
  if (delivery.closeAfter === true && socket !== null) {
    if (!response.writableFinished) await once(response, 'finish', { signal });
    socket.end();
  }
  return 'complete';
}

async function stop(
  response: ServerResponse,
  by: 'end' | 'reset' | 'silence',
  signal: AbortSignal,
): Promise<DeliveryEnd> {
  const { socket } = response;
  if (socket === null) return 'cut';
  if (by === 'silence') {
    if (!signal.aborted) await once(signal, 'abort');
    return 'silent';
  }
  if (by === 'reset') {
    // Bytes still in our own buffer would be lost with the reset.
    await flushed(socket);
    socket.resetAndDestroy();
    return 'reset';
  }
  socket.end();
  return 'cut';
}

/** Settles when everything written so far has left this process. */
async function flushed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.write('', () => resolve());
  });
}

async function sendHeadersSlowly(
  response: ServerResponse,
  pace: { readonly bytes: number; readonly everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  // Node sends a header block at once, so the socket's own write is held back for the one call that flushes it.
  const written: Buffer[] = [];
  const write = socket.write.bind(socket);
  socket.write = (chunk: string | Uint8Array, encoding?: unknown) => {
    written.push(
      typeof chunk === 'string' ? Buffer.from(chunk, encoding === 'utf8' ? 'utf8' : 'latin1') : Buffer.from(chunk),
    );
    return true;
  };
  response.flushHeaders();
  socket.write = write;
  const block = Buffer.concat(written);
  for (let from = 0; from < block.byteLength; from += pace.bytes) {
    write(block.subarray(from, from + pace.bytes));
    await delay(pace.everyMs, undefined, { signal });
  }
}

function* pieces(
  body: Uint8Array | { readonly piece: (index: number) => Uint8Array },
  size: number,
): Generator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let from = 0; from < body.byteLength; from += size) yield body.subarray(from, from + size);
    return;
  }
  for (let index = 0; ; index += 1) yield body.piece(index);
}
