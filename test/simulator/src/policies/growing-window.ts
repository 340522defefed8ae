import type { FileRange, Policy, Request } from '../policy.ts';

const mib = 1024 * 1024;
const firstBytes = 1.125 * mib;
const largestBytes = 64 * mib;
const partBytes = 8 * mib;
const skippedBytes = 16 * mib;

interface Window {
  start: number;
  position: number;
  /** How far requests have been made. */
  end: number;
  bytes: number;
  readonly requests: number[];
}

/** A window ahead of one reader that doubles as long as it reads on; any other place breaks everything off and starts small again (as mountpoint-s3 does). */
export function growingWindow(): Policy {
  return {
    name: 'growing window',
    start(view) {
      const windows = new Map<string, Window>();
      let lastId = 0;
      const ask = (file: string, window: Window, length: number): Request[] => {
        const requests: Request[] = [];
        const end = Math.min(view.sizeOf(file), window.end + length);
        while (window.end < end) {
          const range = { start: window.end, end: Math.min(end, window.end + partBytes) };
          requests.push({ kind: 'bytes', id: (lastId += 1), file, range, demand: true });
          window.requests.push(lastId);
          window.end = range.end;
        }
        return requests;
      };
      return {
        read(file, range) {
          const window = windows.get(file);
          const follows =
            window !== undefined &&
            range.start >= window.position - mib &&
            range.start >= window.start &&
            range.start <= Math.min(window.position + skippedBytes, window.end);
          if (follows) {
            const drops: FileRange[] = [{ file, range: { start: window.start, end: window.position - mib } }];
            window.start = Math.max(window.start, window.position - mib);
            window.position = Math.max(window.position, range.end);
            const requests: Request[] = [];
            while (window.end < view.sizeOf(file) && window.end - window.position < window.bytes) {
              requests.push(...ask(file, window, Math.max(window.bytes, range.end - window.end)));
              window.bytes = Math.min(largestBytes, window.bytes * 2);
            }
            return { requests, drops };
          }
          const fresh = { start: range.start, position: range.end, end: range.start, bytes: firstBytes, requests: [] };
          windows.set(file, fresh);
          const requests = ask(file, fresh, Math.max(firstBytes, range.end - range.start));
          if (window === undefined) return { requests };
          return { requests, cancels: window.requests, drops: [{ file, range: { start: 0, end: view.sizeOf(file) } }] };
        },
        closed(file) {
          const window = windows.get(file);
          windows.delete(file);
          if (window === undefined) return {};
          return { cancels: window.requests, drops: [{ file, range: { start: 0, end: view.sizeOf(file) } }] };
        },
      };
    },
  };
}
