import { inspect } from 'node:util';
import { type Clock, isFsError, onAbort } from '@mountkit/core';
import { mountkitBash } from '@mountkit/just-bash';
import { createGates, type Gates } from '@mountkit/layers';
import { createNamespace } from '@mountkit/vfs';
import type { FaultSpec, GitHubServer } from '@mountkit/test-github-server';
import { createFileSystem, type GitHubOptions } from 'mountkit/github';
import { type Random, seededRandom } from './random.ts';
import type { RepositoryHistory } from './repository-history.ts';

/** What a storm is over: a server that goes by {@link stormClock} and serves the repository as `o/r` to whoever shows the token. */
export interface GitHubStorm {
  readonly server: GitHubServer;
  readonly history: RepositoryHistory;
  readonly token: string;
  readonly seed: number;
  /** Of each of four readers. */
  readonly steps: number;
}

/** The storm's clock runs so many times faster than the machine's: what is left alone for a while is asked again within the storm. */
const hurry = 10;

/** What a storm and its server go by. */
export const stormClock: Clock = {
  now: () => Date.now() * hurry,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      let stop = (): void => undefined;
      const timer = setTimeout(() => {
        stop();
        resolve();
      }, ms / hurry);
      if (signal === undefined) return;
      stop = onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
};

const routes = ['tree', 'commit', 'contents', 'blob', 'tarball', 'archive', 'git-upload-pack'] as const;

const faults: readonly FaultSpec[] = [
  { kind: 'flip-bit' },
  { kind: 'flip-bit', at: 3 },
  { kind: 'cut-body' },
  { kind: 'cut-body', at: 0 },
  { kind: 'short-body' },
  { kind: 'endless-body' },
  { kind: 'stall-body' },
  { kind: 'stall-body', at: 10 },
  { kind: 'drip', everyMs: 20 },
  { kind: 'silent' },
  { kind: 'reset' },
  { kind: 'delay', everyMs: 100 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502, body: '<html>' },
  { kind: 'status', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'status', status: 403, headers: { 'retry-after': '1' }, body: { message: 'secondary rate limit' } },
  { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 409, body: { message: 'The repository is being created.' } },
  { kind: 'status', status: 200, body: '<html>login</html>' },
  { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:9/elsewhere' } },
];

function optionsOf({ server, token }: GitHubStorm, random: Random): GitHubOptions {
  return {
    repo: 'o/r',
    ref: 'main',
    baseUrl: server.url,
    token: random.chance(0.5) ? token : () => token,
    transport: random.pick(['auto', 'auto', 'rest', 'git']),
    archive: random.chance(0.7),
    bulkBytes: random.pick([0, 300_000, 2 ** 26]),
    mtime: random.pick(['commit', 'epoch']),
    limits: { concurrency: random.pick([1, 3, 16]) },
    ...(random.chance(0.2) && { gitUrl: 'http://127.0.0.1:9' }),
  };
}

/** Gates that count who has gone in and not come out. */
function countingGates(): { readonly gates: Gates; readonly held: () => number } {
  const gates = createGates({ clock: stormClock });
  let held = 0;
  return {
    held: () => held,
    gates: (key, limits) => {
      const gate = gates(key, limits);
      return {
        ...gate,
        async take(points, context) {
          const pass = await gate.take(points, context);
          let isHeld = true;
          held += 1;
          return {
            release() {
              if (isHeld) held -= 1;
              isHeld = false;
              pass.release();
            },
          };
        },
      };
    },
  };
}

/** Reads a repository through a shell and a filesystem while its branch moves and GitHub misbehaves. @returns everything that must not be, in words. */
export async function runGitHubStorm(storm: GitHubStorm): Promise<readonly string[]> {
  const { server, history, token, seed, steps } = storm;
  const random = seededRandom(seed);
  const problems: string[] = [];
  const { gates, held } = countingGates();
  const memoryBytes = random.pick([2 ** 17, 2 ** 20, 2 ** 26]);
  const options = optionsOf(storm, random);
  const fs = await createFileSystem(options, {
    clock: stormClock,
    gates,
    random,
    timeouts: { connectMs: 1000, firstByteMs: 3000, idleMs: 2000 },
    cache: { memoryBytes, metadataTtlMs: random.pick([0, 1000, 60_000]) },
    follow: { intervalMs: 1000 },
  });
  const told = (what: string): void => {
    if (what.includes(token)) problems.push(`a secret shows: ${what.slice(0, 300)}`);
  };
  const ns = createNamespace({ onError: (error) => told(inspect(error, { depth: 9, showHidden: true })) });
  ns.mount('/m', fs);
  const shell = mountkitBash({ namespace: ns });

  const matching = (path: string, offset: number, length: number, bytes: Uint8Array): readonly number[] =>
    history
      .contents(path)
      .flatMap((content, commit) =>
        content?.subarray(offset, offset + length).equals(bytes) === true ? [commit] : [],
      );

  function checkBounds(): void {
    const stats = ns.stats();
    told(inspect([ns.health(), stats], { depth: 9, showHidden: true }));
    for (const { content } of stats.mounts) {
      if (content === undefined) continue;
      const { heldBytes, inFlightBytes, speculativeBytes, allowedSpeculativeBytes } = content;
      if (heldBytes + inFlightBytes > memoryBytes) problems.push(`${heldBytes} and ${inFlightBytes} of ${memoryBytes}`);
      if (speculativeBytes > allowedSpeculativeBytes) problems.push(`${speculativeBytes} bytes of speculation`);
    }
  }

  function failed(what: string, path: string | undefined, error: unknown, gaveUp: boolean): void {
    told(`${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`);
    if (!isFsError(error)) {
      problems.push(`${what} ${path}: ${inspect(error)}`);
      return;
    }
    const { code, reason, cause } = error;
    const isDeclared =
      ['ESTALE', 'ETIMEDOUT', 'EACCES'].includes(code) ||
      (code === 'ECANCELED' && gaveUp) ||
      (code === 'ENOENT' && path !== undefined && history.contents(path).includes(undefined)) ||
      (code === 'EIO' && reason !== undefined);
    // undici's own are TypeErrors with a cause.
    const isSlip = (cause instanceof TypeError && cause.cause === undefined) || cause instanceof RangeError;
    if (!isDeclared || isSlip) problems.push(`${what} ${path}: ${error.message}: ${inspect(cause)}`);
  }

  async function readWhole(path: string): Promise<void> {
    const bytes = await ns.readFile(`/m/${path}`);
    if (matching(path, 0, Infinity, bytes).length === 0)
      problems.push(`${path}: ${bytes.byteLength} bytes of no commit`);
  }

  async function readParts(path: string, aborter: AbortController): Promise<void> {
    const { signal } = aborter;
    const file = await ns.open(`/m/${path}`, { signal });
    try {
      let found: readonly number[] | undefined;
      for (let part = 0; part < 4; part += 1) {
        if (random.chance(0.2)) setTimeout(() => aborter.abort(), random.below(20));
        const offset = random.below(80_000);
        const bytes = await file.read(offset, 70_000, { signal });
        const now = matching(path, offset, 70_000, bytes);
        found = found === undefined ? now : found.filter((each) => now.includes(each));
        if (found.length === 0) problems.push(`${path}: bytes of no commit, or of two`);
      }
    } finally {
      await file.close();
    }
  }

  async function listOne(directory: string): Promise<void> {
    const names = (await ns.readdir(`/m/${directory}`)).map(({ name }) => name).toSorted();
    const inCommit = (commit: number): readonly string[] => {
      const inside = history.paths.filter(
        (path) => path.startsWith(`${directory}/`) && history.contents(path)[commit] !== undefined,
      );
      return [...new Set(inside.map((path) => path.split('/')[1] ?? ''))].toSorted();
    };
    const known = Array.from({ length: history.commits }, (_, commit) => inCommit(commit).join());
    if (!known.includes(names.join())) problems.push(`${directory} has the names of no commit: ${names.join()}`);
  }

  async function step(): Promise<void> {
    const path = random.pick(history.paths);
    if (random.chance(0.15)) await history.show(random.below(history.commits));
    if (random.chance(0.5)) {
      const fault = random.pick(faults);
      // A commit is named by its ref alone: a flipped bit of it makes another name, which nothing gives away.
      const route = random.pick(fault.kind === 'flip-bit' ? routes.filter((each) => each !== 'commit') : routes);
      server.fault({ ...fault, match: { route }, times: 1 + random.below(2) });
    }
    if (random.chance(0.1)) {
      const secondaryStatus = random.pick([403, 429] as const);
      server.setLimits({ pointsPerMinute: random.pick([5, 100, Infinity]), retryAfterSeconds: 2, secondaryStatus });
    }
    const aborter = new AbortController();
    const kind = random.below(8);
    try {
      if (kind < 2) await readWhole(path);
      else if (kind < 4) await readParts(path, aborter);
      else if (kind === 4) await listOne(random.pick(['d0', 'd1', 'd2']));
      else if (kind === 5)
        for (const each of history.paths.slice(0, 12))
          await readWhole(each).catch((error: unknown) => failed('in a row', each, error, false));
      else if (kind === 6) {
        const { stdout, mountErrors } = await shell.exec(
          `grep -rc version /m/d0 | head -3; cat /m/${path} | tail -c 99`,
        );
        told(stdout + inspect(mountErrors, { depth: 9 }));
      } else await ns.prefetch(history.paths.map((each) => `/m/${each}`));
    } catch (error) {
      failed(`step ${kind}`, kind === 4 ? undefined : path, error, aborter.signal.aborted);
    }
    checkBounds();
  }

  const read = async (path: string): Promise<unknown> => ns.readFile(`/m/${path}`);

  async function endsWell(path: string): Promise<void> {
    const expected = history.contents(path)[0];
    let last: unknown;
    for (let tries = 0; tries < 60; tries += 1) {
      console.log(Date.now() % 1e6, path, tries, String(last), server.stats());
      last = await read(path).catch((error: unknown) => error);
      if (last instanceof Uint8Array ? expected?.equals(last) : expected === undefined && isFsError(last)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    problems.push(`after all: ${path}: ${last instanceof Uint8Array ? 'other bytes' : inspect(last)}`);
  }

  const onUnhandled = (error: unknown): void => void problems.push(`unhandled rejection: ${inspect(error)}`);
  process.on('unhandledRejection', onUnhandled);
  try {
    await history.show(0);
    const reader = async (): Promise<void> => {
      for (let at = 0; at < steps; at += 1) await step();
    };
    await Promise.all([reader(), reader(), reader(), reader()]);
    server.clearFaults();
    server.setLimits({ pointsPerMinute: Infinity });
    await history.show(0);
    if (options.transport !== 'git' || options.gitUrl === undefined) {
      for (const path of history.paths) await endsWell(path);
    }
    checkBounds();
  } finally {
    const closed = ns.close();
    const late = new Promise((resolve) => setTimeout(resolve, 5000, 'late').unref());
    if ((await Promise.race([closed, late])) === 'late') problems.push('close does not settle');
    for (let tries = 0; tries < 100 && server.stats().connectionsOpen > 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (server.stats().connectionsOpen > 0) problems.push(`${server.stats().connectionsOpen} connections are left`);
    if (held() > 0) problems.push(`${held()} passes of the gate are left`);
    const shown = server.requests.find(({ origin, headers }) => origin === 'codeload' && headers.authorization);
    if (shown !== undefined) problems.push(`the credential went to ${shown.path}`);
    process.off('unhandledRejection', onUnhandled);
    server.reset();
  }
  return problems.map((problem) => `seed ${seed} ${JSON.stringify(options)}: ${problem}`);
}
