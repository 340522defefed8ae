import { S3Error } from './s3-error.ts';

/** Half-open range of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header as S3 does: one range only; several, another unit or a broken one are ignored and the whole object is sent.
 *
 * @returns `undefined` for the whole object
 * @throws {S3Error} InvalidRange when it lies past the end, and for the last 0 bytes
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const found = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header?.trim() ?? '');
  const [first = '', last = ''] = found?.slice(1) ?? [];
  if (found === null || (first === '' && last === '')) return undefined;
  const unsatisfiable = (): S3Error =>
    new S3Error('InvalidRange', {
      elements: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || size === 0) throw unsatisfiable();
    return { start: Math.max(0, size - suffix), end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw unsatisfiable();
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) };
}
