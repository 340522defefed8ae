import { gzipSync } from 'node:zlib';
import type { FaultEffect } from '../exchange.ts';
import { answerOf, withoutHeaders } from '../exchange.ts';
import type { BodyFault } from '../fault.ts';
import { contentRange, parseRange } from '../range.ts';

const LOGIN_PAGE = `<!doctype html>
<html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input name="password" type="password"></form></body></html>
`;

/** Effects of {@link BodyFault}s. */
export function bodyEffect(fault: BodyFault): FaultEffect {
  switch (fault.kind) {
    case 'gzip':
      return {
        after: (answer, exchange) => {
          const { file } = exchange;
          if (file === undefined || (answer.status !== 200 && answer.status !== 206)) return answer;
          const headers = { ...answer.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' };
          if (fault.form === 'label') return { ...answer, headers };
          const packed = new Uint8Array(gzipSync(file.bytes));
          if (fault.form === 'whole') return answerOf(200, withoutHeaders(headers, 'content-range'), packed);
          const range = parseRange(exchange.headers['range'], packed.byteLength);
          if (range === 'unsatisfiable') return answerOf(416, {}, '');
          if (range === undefined) return answerOf(200, headers, packed);
          return answerOf(
            206,
            { ...headers, 'content-range': contentRange(range, packed.byteLength) },
            packed.subarray(range.start, range.end),
          );
        },
      };
    case 'content-length':
      return {
        after: (answer) => {
          const length = Number(answer.headers['content-length'] ?? 0) + fault.by;
          return {
            ...answer,
            headers: { ...answer.headers, 'content-length': `${Math.max(0, length)}` },
            delivery: { ...answer.delivery, closeAfter: true },
          };
        },
      };
    case 'chunked':
      return { after: (answer) => ({ ...answer, headers: withoutHeaders(answer.headers, 'content-length') }) };
    case 'login-page':
      return { after: () => answerOf(200, { 'content-type': 'text/html; charset=utf-8' }, LOGIN_PAGE) };
    case 'endless-body': {
      const piece = new Uint8Array(16 * 1024).fill(0x2e);
      return {
        after: (answer) => ({
          ...answer,
          headers: {
            ...withoutHeaders(answer.headers, 'content-length'),
            ...(fault.declared === undefined ? {} : { 'content-length': `${fault.declared}` }),
          },
          body: { piece: () => piece },
        }),
      };
    }
  }
}
