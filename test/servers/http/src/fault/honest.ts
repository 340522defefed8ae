import { allowsRange, checkConditions } from './conditions.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerOf } from './exchange.ts';
import type { FaultFile } from './files.ts';
import { contentRange, parseRange } from './range.ts';

/** What a correct server says about a file, RFC 9110. A HEAD carries the headers of the GET; its body is not sent. */
export function honestAnswer(exchange: Exchange): Answer {
  const { file, headers, method } = exchange;
  if (file === undefined) return answerOf(404, { 'content-type': 'text/plain' }, 'not found\n');
  if (method !== 'GET' && method !== 'HEAD') {
    return answerOf(405, { 'content-type': 'text/plain', allow: 'GET, HEAD' }, 'method not allowed\n');
  }
  const validators = validatorHeaders(file);
  const refusal = checkConditions(file, headers);
  if (refusal === 304) return { ...answerOf(304, validators, ''), headers: validators };
  if (refusal === 412) return answerOf(412, { 'content-type': 'text/plain' }, 'precondition failed\n');

  const common = { 'content-type': file.type, 'accept-ranges': 'bytes', ...validators };
  const size = file.bytes.byteLength;
  const range =
    method === 'GET' && allowsRange(file, headers['if-range']) ? parseRange(headers['range'], size) : undefined;
  if (range === 'unsatisfiable') {
    return answerOf(416, { 'content-type': 'text/plain', 'content-range': `bytes */${size}` }, 'no such range\n');
  }
  if (range === undefined) return answerOf(200, common, file.bytes);
  return answerOf(
    206,
    { ...common, 'content-range': contentRange(range, size) },
    file.bytes.subarray(range.start, range.end),
  );
}

/** ETag and Last-Modified of a file, as far as it has them. */
function validatorHeaders(file: FaultFile): Record<string, string> {
  return {
    ...(file.etag === null ? {} : { etag: file.etag }),
    ...(file.lastModifiedMs === null ? {} : { 'last-modified': new Date(file.lastModifiedMs).toUTCString() }),
  };
}
