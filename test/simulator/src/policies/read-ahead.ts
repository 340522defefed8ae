import type { Range } from '@mountkit/core';
import type { Policy } from '../policy.ts';

const aheadBytes = 5 * 1024 * 1024;

/** One buffer a file: a miss fetches what was asked and 5 MiB more, and forgets the buffer of before (as fsspec does by default). */
export function readAhead(): Policy {
  return {
    name: '5 MB read-ahead',
    start(view) {
      const buffers = new Map<string, Range>();
      let lastId = 0;
      return {
        opened(file) {
          buffers.delete(file);
          return {};
        },
        read(file, range) {
          const buffer = buffers.get(file);
          if (buffer !== undefined && buffer.start <= range.start && range.end <= buffer.end) return {};
          const wanted = { start: range.start, end: Math.min(view.sizeOf(file), range.end + aheadBytes) };
          buffers.set(file, wanted);
          const drops = buffer === undefined ? [] : [{ file, range: buffer }];
          // What the old buffer held is fetched again: only its own end is kept, and only where the new one begins in it.
          const start =
            buffer !== undefined && buffer.start <= range.start ? Math.max(range.start, buffer.end) : range.start;
          const kept = start > range.start ? { start: range.start, end: Math.min(start, wanted.end) } : undefined;
          return {
            drops:
              kept === undefined || buffer === undefined
                ? drops
                : [{ file, range: { start: buffer.start, end: kept.start } }],
            requests: [
              { kind: 'bytes', id: (lastId += 1), file, range: { start, end: wanted.end }, whole: true, demand: true },
            ],
          };
        },
        closed(file) {
          const buffer = buffers.get(file);
          buffers.delete(file);
          return buffer === undefined ? {} : { drops: [{ file, range: buffer }] };
        },
      };
    },
  };
}
