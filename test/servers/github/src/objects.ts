import { Buffer } from 'node:buffer';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawnGit } from './git.ts';

/** What git knows of an object without reading it. */
export interface ObjectInfo {
  readonly oid: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly sizeBytes: number;
}

/** One line of a tree object. */
export interface TreeLine {
  /** Six digits, as GitHub and `git ls-tree` print them. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly oid: string;
  /** The name's bytes. */
  readonly name: Buffer;
}

/** Reads objects of one repository through git processes that stay open. */
export interface ObjectStore {
  /** What a revision expression names; `undefined` when it names nothing. */
  info(expression: string): Promise<ObjectInfo | undefined>;
  /** Sizes of blobs, in the given order. */
  sizes(oids: readonly string[]): Promise<readonly number[]>;
  /** An object's bytes; `undefined` when it does not exist. */
  read(oid: string): Promise<Buffer | undefined>;
  /** A tree's lines in git's order; kept, since a tree never changes. */
  tree(oid: string): Promise<readonly TreeLine[]>;
  /** Ends the git processes and rejects what is waiting. */
  close(): Promise<void>;
}

/** Opens the objects of a repository; git starts with the first question. */
export function openObjects(gitDir: string): ObjectStore {
  const contents = openBatch(gitDir, '--batch');
  const checks = openBatch(gitDir, '--batch-check');
  const knownSizes = new Map<string, number>();
  const knownTrees = new Map<string, Promise<readonly TreeLine[]>>();

  const store: ObjectStore = {
    async info(expression) {
      const reply = await checks.ask(expression);
      return reply?.info;
    },
    async sizes(oids) {
      const missing = [...new Set(oids)].filter((oid) => !knownSizes.has(oid));
      const replies = await Promise.all(missing.map(async (oid) => checks.ask(oid)));
      missing.forEach((oid, index) => knownSizes.set(oid, replies[index]?.info.sizeBytes ?? 0));
      return oids.map((oid) => knownSizes.get(oid) ?? 0);
    },
    async read(oid) {
      const reply = await contents.ask(oid);
      return reply?.body;
    },
    async tree(oid) {
      let lines = knownTrees.get(oid);
      if (lines === undefined) {
        lines = store.read(oid).then((body) => parseTree(body ?? Buffer.alloc(0)));
        knownTrees.set(oid, lines);
      }
      return lines;
    },
    async close() {
      await Promise.all([contents.close(), checks.close()]);
    },
  };
  return store;
}

/** Splits a tree object: `mode SP name NUL oid`, repeated. */
function parseTree(body: Buffer): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const end = body.indexOf(0, space);
    const mode = body.toString('latin1', at, space).padStart(6, '0');
    lines.push({
      mode,
      type: mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob',
      oid: body.toString('hex', end + 1, end + 21),
      name: body.subarray(space + 1, end),
    });
    at = end + 21;
  }
  return lines;
}

interface BatchReply {
  readonly info: ObjectInfo;
  readonly body: Buffer;
}

interface Waiting {
  readonly resolve: (reply: BatchReply | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** One `git cat-file` that answers in the order it was asked. */
function openBatch(
  gitDir: string,
  mode: '--batch' | '--batch-check',
): { ask(expression: string): Promise<BatchReply | undefined>; close(): Promise<void> } {
  const waiting: Waiting[] = [];
  let child: ChildProcessWithoutNullStreams | undefined;
  let exited: Promise<void> = Promise.resolve();
  let closed = false;
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;
  let pendingInfo: ObjectInfo | undefined;

  const take = (length: number): Buffer => {
    const all = buffered.length === 1 ? (buffered[0] ?? Buffer.alloc(0)) : Buffer.concat(buffered, bufferedBytes);
    const rest = all.subarray(length);
    buffered = rest.length > 0 ? [rest] : [];
    bufferedBytes = rest.length;
    return all.subarray(0, length);
  };

  const takeLine = (): string | undefined => {
    let offset = 0;
    for (const part of buffered) {
      const index = part.indexOf(0x0a);
      if (index !== -1) return take(offset + index + 1).toString('utf8', 0, offset + index);
      offset += part.length;
    }
    return undefined;
  };

  const settle = (reply: BatchReply | undefined): void => waiting.shift()?.resolve(reply);

  const drain = (): void => {
    for (;;) {
      if (pendingInfo !== undefined) {
        if (bufferedBytes < pendingInfo.sizeBytes + 1) return;
        const info = pendingInfo;
        pendingInfo = undefined;
        settle({ info, body: take(info.sizeBytes + 1).subarray(0, info.sizeBytes) });
        continue;
      }
      const line = takeLine();
      if (line === undefined) return;
      const found = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line);
      if (found === null) {
        settle(undefined);
        continue;
      }
      const info: ObjectInfo = {
        oid: found[1] ?? '',
        type: found[2] as ObjectInfo['type'],
        sizeBytes: Number(found[3]),
      };
      if (mode === '--batch') pendingInfo = info;
      else settle({ info, body: Buffer.alloc(0) });
    }
  };

  const start = (): ChildProcessWithoutNullStreams => {
    const started = spawnGit(gitDir, ['cat-file', mode]);
    exited = new Promise((resolve) => {
      const gone = (): void => {
        child = undefined;
        buffered = [];
        bufferedBytes = 0;
        pendingInfo = undefined;
        for (const one of waiting.splice(0)) one.reject(new Error('git cat-file ended'));
        resolve();
      };
      started.once('error', gone);
      started.once('close', gone);
    });
    started.stdin.on('error', () => undefined);
    started.stderr.resume();
    started.stdout.on('data', (chunk: Buffer) => {
      buffered.push(chunk);
      bufferedBytes += chunk.length;
      drain();
    });
    return started;
  };

  return {
    async ask(expression) {
      if (closed) throw new Error('the repository is closed');
      if (/[\n\0]/.test(expression)) return undefined;
      child ??= start();
      const process = child;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        process.stdin.write(`${expression}\n`);
      });
    },
    async close() {
      closed = true;
      child?.kill('SIGKILL');
      await exited;
    },
  };
}
