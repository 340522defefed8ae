import type { Item } from './client.js';

/** A request as a server would get it. */
export interface SampleRequest {
  readonly key: string;
  readonly token: string | undefined;
  readonly list?: boolean;
  readonly cursor?: string | undefined;
  readonly content?: boolean;
  readonly start?: number;
  readonly length?: number | undefined;
}

/** An answer as a server would give it. */
export interface SampleAnswer {
  readonly status: number;
  readonly item?: Item;
  readonly items?: readonly Item[];
  readonly next?: string;
  readonly bytes?: Uint8Array;
}

/** An origin in memory, with what the tests need to move it. */
export interface SampleOrigin {
  /** Rejects when it cannot be reached, and when `signal` fires. */
  handle(request: SampleRequest, signal: AbortSignal | undefined): Promise<SampleAnswer>;
  put(key: string, content: string | Uint8Array): void;
  /** Statuses that stand for a file, or '*' for everything: 403, 503. 0: nothing listens. */
  readonly trouble: Map<string, number>;
  /** Answers nothing until the function it gives is called. */
  hold(): () => void;
}

const pageLength = 100;

/** An origin that holds these files. @param token what it asks for, where it asks for anything. */
export function createSampleOrigin(files: Readonly<Record<string, string | Uint8Array>>, token?: string): SampleOrigin {
  const stored = new Map<string, { readonly bytes: Uint8Array; readonly serial: number }>();
  const trouble = new Map<string, number>();
  let serial = 0;
  let open = Promise.resolve();

  function put(key: string, content: string | Uint8Array): void {
    serial += 1;
    stored.set(key, { bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content, serial });
  }
  for (const [key, content] of Object.entries(files)) put(key, content);

  function itemAt(key: string): Item | undefined {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const file = stored.get(key);
    if (file !== undefined) {
      const { bytes, serial } = file;
      return { name, kind: 'file', size: bytes.byteLength, modifiedMs: 1_700_000_000_000 + serial, etag: `${serial}` };
    }
    const prefix = key === '' ? '' : `${key}/`;
    const isDirectory = key === '' || [...stored.keys()].some((each) => each.startsWith(prefix));
    return isDirectory ? { name, kind: 'directory', size: 0, modifiedMs: 0, etag: '' } : undefined;
  }

  function childrenOf(key: string): Item[] {
    const prefix = key === '' ? '' : `${key}/`;
    const below = [...stored.keys()].filter((each) => each.startsWith(prefix));
    const names = new Set(below.map((each) => each.slice(prefix.length).split('/', 1)[0] ?? ''));
    return [...names].toSorted().flatMap((name) => itemAt(prefix + name) ?? []);
  }

  return {
    put,
    trouble,
    async handle({ key, token: given, list, cursor, content, start = 0, length = Infinity }, signal) {
      await reached(open, signal);
      const status = trouble.get('*') ?? trouble.get(key);
      if (status === 0) throw new Error('connect ECONNREFUSED');
      if (status !== undefined) return { status };
      if (token !== undefined && given !== token) return { status: 401 };
      const item = itemAt(key);
      if (item === undefined) return { status: 404 };
      if (list === true && item.kind === 'directory') {
        const from = Number(cursor ?? 0);
        const items = childrenOf(key);
        const next = from + pageLength;
        return { status: 200, item, items: items.slice(from, next), ...(next < items.length && { next: `${next}` }) };
      }
      if (content !== true || item.kind === 'directory') return { status: 200, item };
      return { status: 200, item, bytes: stored.get(key)?.bytes.slice(start, start + length) ?? new Uint8Array() };
    },
    hold() {
      let release = (): void => undefined;
      open = new Promise((resolve) => (release = resolve));
      return () => release();
    },
  };
}

/** Waits for a request to arrive, or for `signal`, as `fetch` does. */
function reached(open: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return open;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DOMException('aborted', 'AbortError'));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void open.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
