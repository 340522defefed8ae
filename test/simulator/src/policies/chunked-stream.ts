import type { Policy, Request } from '../policy.ts';

const chunkBytes = 128 * 1024 * 1024;
const skippedBytes = 1024 * 1024;

interface Stream {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  position: number;
}

/** One request a file that streams on from where the reader is; any other place breaks it off and opens another (as rclone does without its cache). */
export function chunkedStream(): Policy {
  return {
    name: 'chunked stream',
    start(view) {
      const streams = new Map<string, Stream>();
      let lastId = 0;
      return {
        read(file, range) {
          const size = view.sizeOf(file);
          const stream = streams.get(file);
          const follows =
            stream !== undefined && range.start >= stream.position && range.start <= stream.position + skippedBytes;
          if (follows && range.end <= stream.end) {
            stream.position = range.end;
            return {};
          }
          const start = follows ? Math.max(range.start, stream.end) : range.start;
          const next = { id: (lastId += 1), start, end: Math.min(size, start + chunkBytes), position: range.end };
          streams.set(file, next);
          const request: Request = { kind: 'bytes', id: next.id, file, range: { start, end: next.end }, demand: true };
          if (follows || stream === undefined) return { requests: [request] };
          return { requests: [request], cancels: [stream.id], drops: [{ file, range: { start: 0, end: size } }] };
        },
        closed(file) {
          const stream = streams.get(file);
          streams.delete(file);
          if (stream === undefined) return {};
          return { cancels: [stream.id], drops: [{ file, range: { start: 0, end: view.sizeOf(file) } }] };
        },
      };
    },
  };
}
