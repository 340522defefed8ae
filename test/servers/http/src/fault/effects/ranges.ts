import type { Answer, Exchange, FaultEffect } from '../exchange.ts';
import { answerOf, withoutHeaders } from '../exchange.ts';
import type { RangeFault } from '../fault.ts';
import type { ByteRange } from '../range.ts';
import { contentRange, parseRange } from '../range.ts';

/** Effects of {@link RangeFault}s. Those that describe a 206 leave other answers alone. */
export function rangeEffect(fault: RangeFault): FaultEffect {
  switch (fault.kind) {
    case 'ignore-range':
      return {
        before: (exchange) => ({ ...exchange, headers: withoutHeaders(exchange.headers, 'range', 'if-range') }),
      };
    case 'content-range':
      return {
        after: (answer, exchange) => {
          const asked = askedRange(answer, exchange);
          if (asked === undefined) return answer;
          if (fault.value === null) return { ...answer, headers: withoutHeaders(answer.headers, 'content-range') };
          const { range, size } = asked;
          const start = range.start + (fault.startBy ?? 0);
          const last = range.end - 1 + (fault.endBy ?? 0);
          const value = fault.value ?? `bytes ${start}-${last}/${size + (fault.totalBy ?? 0)}`;
          return { ...answer, headers: { ...answer.headers, 'content-range': value } };
        },
      };
    case 'shifted-bytes':
      return {
        after: (answer, exchange) => {
          const asked = askedRange(answer, exchange);
          if (asked === undefined) return answer;
          const { bytes, range, size } = asked;
          const shifted = new Uint8Array(range.end - range.start);
          for (let index = 0; index < shifted.length; index += 1) {
            const source = (range.start + index + fault.by + size) % size;
            shifted[index] = bytes[source] ?? 0;
          }
          return { ...answer, body: shifted };
        },
      };
    case 'short-range':
      return {
        after: (answer, exchange) => {
          const asked = askedRange(answer, exchange);
          if (asked === undefined) return answer;
          const range = { start: asked.range.start, end: Math.min(asked.range.end, asked.range.start + fault.bytes) };
          return partial(answer, asked.bytes, range);
        },
      };
    case 'multipart':
      return {
        after: (answer, exchange) => {
          const asked = askedRange(answer, exchange);
          if (asked === undefined) return answer;
          const { bytes, size } = asked;
          const range =
            fault.wrong === true ? { start: 0, end: Math.min(size, asked.range.end - asked.range.start) } : asked.range;
          const boundary = 'fault-server-boundary';
          const body = Buffer.concat([
            Buffer.from(
              `--${boundary}\r\ncontent-type: ${answer.headers['content-type'] ?? ''}\r\n` +
                `content-range: ${contentRange(range, size)}\r\n\r\n`,
            ),
            bytes.subarray(range.start, range.end),
            Buffer.from(`\r\n--${boundary}--\r\n`),
          ]);
          const headers = withoutHeaders(answer.headers, 'content-range');
          return answerOf(
            206,
            { ...headers, 'content-type': `multipart/byteranges; boundary=${boundary}` },
            new Uint8Array(body),
          );
        },
      };
    case 'unsatisfiable':
      return {
        after: (answer, exchange) => {
          if (exchange.headers['range'] === undefined || exchange.file === undefined) return answer;
          const total = fault.total === undefined ? exchange.file.bytes.byteLength : fault.total;
          const headers = total === null ? {} : { 'content-range': `bytes */${total}` };
          return answerOf(416, { 'content-type': 'text/plain', ...headers }, 'no such range\n');
        },
      };
  }
}

function askedRange(
  answer: Answer,
  exchange: Exchange,
): { readonly range: ByteRange; readonly bytes: Uint8Array; readonly size: number } | undefined {
  if (answer.status !== 206 || exchange.file === undefined) return undefined;
  const { bytes } = exchange.file;
  const range = parseRange(exchange.headers['range'], bytes.byteLength);
  if (range === undefined || range === 'unsatisfiable') return undefined;
  return { range, bytes, size: bytes.byteLength };
}

function partial(answer: Answer, bytes: Uint8Array, range: ByteRange): Answer {
  const body = bytes.subarray(range.start, range.end);
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'content-range': contentRange(range, bytes.byteLength),
      'content-length': `${body.byteLength}`,
    },
    body,
  };
}
