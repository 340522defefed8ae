import { inspect } from 'node:util';
import { type Clock, type FsError, type MaybePromise, type Namespace, type OpenFile } from '@mountkit/core';
import { compose, type Composition } from '@mountkit/layers';
import { createFileSystem, createNamespace } from '@mountkit/vfs';
import { createVirtualClock, type VirtualClock } from '../../../packages/layers/test/virtual-clock.ts';
import { createHistory, type History, type PastVersion } from './history.ts';
import { type Random, seededRandom } from './random.ts';
import { type OriginManners, type ShiftingOrigin, shiftingOrigin } from './shifting-origin.ts';
import { createVerdicts, slackMs, ttlMs } from './verdicts.ts';

/** How a scenario is run; what is left out follows from the seed. */
export interface ScenarioOptions {
  readonly seed: number;
  readonly manners?: Partial<OriginManners>;
  readonly staleIfError?: boolean;
  readonly actors?: number;
  readonly steps?: number;
}

/** What came of a scenario. */
export interface Outcome {
  /** Everything that must not be, in words. */
  readonly problems: readonly string[];
  /** How often each kind of end was met. */
  readonly ends: ReadonlyMap<string, number>;
}

const concurrency = 6;

/** Actors read a mount while its files change, its origin fails and its mount point is replaced; every byte they get is held to the history of the files. */
export async function runScenario({ seed, ...options }: ScenarioOptions): Promise<Outcome> {
  const random = seededRandom(seed);
  const clock = createVirtualClock();
  const drawn: OriginManners = {
    ranges: random.chance(0.75),
    conditional: random.chance(0.5),
    readMany: random.chance(0.3),
    strength: random.pick(['strong', 'strong', 'content', 'weak', 'heuristic', 'none']),
    granularityMs: random.chance(0.2) ? 1000 : 0,
    keepsVersions: random.chance(0.3),
    ignoresPins: random.chance(0.3),
    listsSizes: random.chance(0.7),
    streams: random.chance(0.8),
    chunkBytes: random.pick([1000, 16_384, 65_536, 300_000]),
    pageEntries: random.pick([1, 3, 1000]),
    ...options.manners,
  };
  // The name of content is that of no other content, and who keeps versions can tell them apart.
  const isExact = drawn.strength === 'content' || drawn.keepsVersions;
  const manners: OriginManners = isExact ? { ...drawn, granularityMs: 0 } : drawn;
  const history = createHistory(14, random, clock.now());
  const origin = shiftingOrigin(history, manners, random, clock);
  const memoryBytes = random.pick([0, 1, 4, 32]) * 2 ** 20;
  const stale = options.staleIfError ?? random.chance(0.2);
  const stage = createStage({ origin, history, clock, random, memoryBytes, stale });
  const { problems, ends } = stage;

  const onUnhandled = (error: unknown): void => void problems.push(`unhandled rejection: ${inspect(error)}`);
  process.on('unhandledRejection', onUnhandled);
  try {
    const state = { left: options.actors ?? 6 };
    const actors = Array.from({ length: state.left }, async () => {
      for (let step = 0; step < (options.steps ?? 12); step += 1) await stage.step();
      state.left -= 1;
    });
    const all = Promise.all(actors);
    all.catch(() => undefined);
    for (let turn = 0; state.left > 0; turn += 1) {
      if (turn > 30_000) {
        problems.push(`${state.left} actors hang: ${stage.under().join(', ')}`);
        break;
      }
      await clock.advance(20);
      stage.checkBounds();
      if (turn % 25 === 0) stage.changeWeather();
    }
    if (state.left === 0) {
      await all;
      await stage.checkRecovery();
    }
    await stage.end();
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  const about = `seed ${seed}, ${JSON.stringify({ ...manners, memoryBytes, stale })}`;
  return { problems: problems.map((problem) => `${about}: ${problem}`), ends };
}

interface StageParts {
  readonly origin: ShiftingOrigin;
  readonly history: History;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly memoryBytes: number;
  readonly stale: boolean;
}

interface Stage {
  readonly problems: string[];
  readonly ends: Map<string, number>;
  step(): Promise<void>;
  /** Calls that have not ended. */
  under(): readonly string[];
  changeWeather(): void;
  checkBounds(): void;
  checkRecovery(): Promise<void>;
  end(): Promise<void>;
}

function createStage({ origin, history, clock, random, memoryBytes, stale }: StageParts): Stage {
  const verdicts = createVerdicts(history, stale, clock);
  const { problems, ends, noteText, count, matches, checkFresh, checkError } = verdicts;
  const under = new Set<string>();
  const compositions: Composition[] = [];
  const ns: Namespace = createNamespace({
    clock,
    onError: (error) => noteText(inspect(error, { depth: 9, showHidden: true })),
  });
  let mounted = 0;

  function composed(): ReturnType<typeof createFileSystem> {
    const composition = compose(origin.backend, {
      clock: clock satisfies Clock,
      random,
      concurrency,
      timeouts: { firstByteMs: 4_000, idleMs: 2_000 },
      cache: {
        memoryBytes,
        metadataTtlMs: random.pick([0, ttlMs]),
        negativeTtlMs: 1_000,
        staleIfError: stale,
        amplification: random.pick([0, 1, 3]),
      },
    });
    compositions.push(composition);
    mounted += 1;
    return createFileSystem({ lower: composition.backend, controls: composition.controls, clock });
  }
  ns.mount('/m', composed());

  /** Runs one call, which may be given up at any time. */
  async function call<T>(
    what: string,
    path: string,
    make: (signal: AbortSignal | undefined) => T | PromiseLike<T>,
    generation = mounted,
  ): Promise<{ readonly value: T; readonly startedMs: number } | undefined> {
    const aborter = random.chance(0.2) ? new AbortController() : undefined;
    const startedMs = clock.now();
    const label = `${what} ${path} at ${startedMs}`;
    under.add(label);
    if (aborter !== undefined) {
      const afterMs = random.below(200);
      if (afterMs === 0) queueMicrotask(() => aborter.abort());
      else
        clock.sleep(afterMs).then(
          () => aborter.abort(),
          () => undefined,
        );
    }
    try {
      const value = await make(aborter?.signal);
      count('answered');
      return { value, startedMs };
    } catch (error) {
      checkError(what, path, error, startedMs, aborter?.signal.aborted === true || mounted !== generation);
      return undefined;
    } finally {
      under.delete(label);
    }
  }

  const optionsOf = (signal: AbortSignal | undefined): { readonly signal?: AbortSignal } =>
    signal === undefined ? {} : { signal };

  async function readWhole(path: string): Promise<void> {
    const read = await call('readFile', path, (signal) => ns.readFile(`/m${path}`, optionsOf(signal)));
    if (read === undefined) return;
    checkFresh('readFile', path, matches(path, 0, Infinity, read.value), read.startedMs);
  }

  async function readOpen(path: string): Promise<void> {
    const generation = mounted;
    const opened = await call('open', path, (signal) => ns.open(`/m${path}`, optionsOf(signal)));
    if (opened === undefined) return;
    const file = opened.value;
    try {
      await readParts(path, file, opened.startedMs, generation);
    } finally {
      if (random.chance(0.9)) await file.close();
      else open.add(file);
    }
  }
  const open = new Set<OpenFile>();

  async function readParts(path: string, file: OpenFile, openedMs: number, generation: number): Promise<void> {
    let found: readonly PastVersion[] | undefined;
    const sequential = random.chance(0.5);
    const length = random.pick([1, 4096, 65_536, 131_072, 1_000_000]);
    let position = random.chance(0.5) ? 0 : random.below(500_000);
    for (let index = 0; index < 6; index += 1) {
      const offset = position;
      const read = await call('read', path, (signal) => file.read(offset, length, optionsOf(signal)), generation);
      if (read !== undefined && (read.value.byteLength > 0 || found !== undefined)) {
        const now = matches(path, offset, length, read.value);
        const both =
          found === undefined ? now : now.filter(({ serial }) => found?.some((each) => each.serial === serial));
        if (now.length > 0 && both.length === 0) {
          const [a, b] = [found ?? [], now].map((each) =>
            each.map(({ serial, bytes }) => `${serial} (${bytes.byteLength})`).join('|'),
          );
          problems.push(`read: two versions of ${path} in one file: ${a}, then ${b} at ${offset}+${length}`);
        }
        checkFresh('read', path, now, openedMs);
        found = both;
      }
      position = sequential ? position + length : random.below(2_500_000);
    }
  }

  async function statOne(path: string): Promise<void> {
    const stat = await call('stat', path, (signal) => ns.stat(`/m${path}`, optionsOf(signal)));
    if (stat === undefined) return;
    const { size, type } = stat.value;
    if (type !== 'file') problems.push(`stat: ${path} is a ${type}`);
    else
      checkFresh(
        'stat',
        path,
        history
          .versions(path)
          .filter(({ bytes }) => bytes.byteLength === size || Math.floor(bytes.byteLength / 1000) * 1000 === size),
        stat.startedMs,
      );
  }

  async function listOne(): Promise<void> {
    const directory = random.pick(['/', '/d0', '/d0/sub', '/d1', '/d1/sub', '/d2/sub']);
    const streamed = random.chance(0.3);
    const listed = await call('readdir', directory, async (signal) => {
      if (!streamed) return (await ns.readdir(`/m${directory}`, optionsOf(signal))).map(({ name }) => name);
      const names: string[] = [];
      const pages = await ns.opendir(`/m${directory}`, optionsOf(signal));
      try {
        for (
          let page = await pages.read(optionsOf(signal));
          page !== undefined;
          page = await pages.read(optionsOf(signal))
        ) {
          names.push(...page.entries.map(({ name }) => name));
          if (random.chance(0.1)) return undefined;
        }
      } finally {
        await pages.close();
      }
      return names;
    });
    if (listed?.value === undefined) return;
    const names = new Set(listed.value);
    const prefix = directory === '/' ? '/' : `${directory}/`;
    for (const path of history.paths) {
      if (!path.startsWith(prefix)) continue;
      const [name = '', below] = path.slice(prefix.length).split('/');
      if (names.has(name) || stale) continue;
      const wasGone = below === undefined && history.wasAbsent(path, listed.startedMs - ttlMs - slackMs, clock.now());
      if (!wasGone) problems.push(`readdir ${directory}: ${name} is missing`);
    }
  }

  async function readAfterAll(path: string): Promise<void> {
    const newest = history.newest(path);
    try {
      const bytes = await ns.readFile(`/m${path}`);
      const isRight = newest !== undefined && Buffer.compare(newest.bytes, bytes) === 0;
      if (!isRight) problems.push(`after all: wrong bytes of ${path}`);
    } catch (error) {
      const isGone = newest === undefined && (error as FsError).code === 'ENOENT';
      if (!isGone) problems.push(`after all: ${path}: ${inspect(error)}`);
    }
  }

  async function hint(): Promise<void> {
    const hints = Array.from({ length: 4 }, () => {
      const path = `/m${random.pick(history.paths)}`;
      return random.chance(0.5) ? path : { path, ranges: [{ start: 0, end: 100_000 }] };
    });
    await call('prefetch', '/', (signal) => ns.prefetch(hints, optionsOf(signal)));
  }

  // It ends when the last open file does, which may be with the namespace.
  let draining = 0;
  function drain(gone: MaybePromise<void>): void {
    draining += 1;
    Promise.resolve(gone).then(
      () => (draining -= 1),
      (error: unknown) => problems.push(`drain: ${inspect(error)}`),
    );
  }

  async function control(): Promise<void> {
    const kind = random.below(8);
    noteText(inspect([ns.stats(), ns.health(), ns], { depth: 9, showHidden: true }) + JSON.stringify(ns.health()));
    if (kind === 0) {
      drain(ns.replace('/m', composed()));
    } else if (kind === 1) {
      const gone = ns.unmount('/m', { force: random.chance(0.5) });
      mounted += 1;
      ns.mount('/m', composed());
      drain(gone);
    } else if (kind < 5) {
      compositions.at(-1)?.controls.invalidate?.(random.pick(['/', '/d0', random.pick(history.paths)]));
    } else if (kind === 5) {
      const view = ns.snapshot();
      const path = random.pick(history.paths);
      const read = await call('readFile', path, (signal) => view.readFile(`/m${path}`, optionsOf(signal)));
      if (read !== undefined) checkFresh('readFile', path, matches(path, 0, Infinity, read.value), read.startedMs);
      await view.close();
    }
  }

  return {
    problems,
    ends,
    under: () => [...under],
    async step() {
      const path = random.pick(history.paths);
      const kind = random();
      if (random.chance(0.3)) await clock.sleep(random.below(3_000));
      if (kind < 0.3) await readWhole(path);
      else if (kind < 0.6) await readOpen(path);
      else if (kind < 0.7) await statOne(path);
      else if (kind < 0.82) await listOne();
      else if (kind < 0.9) await hint();
      else await control();
    },
    changeWeather() {
      const { weather } = origin;
      weather.mutation = random.pick([0, 0.02, 0.2]);
      weather.failure = random.pick([0, 0, 0.1, 0.5]);
      weather.silence = random.pick([0, 0, 0.02]);
      weather.cut = random.pick([0, 0, 0.1, 0.5]);
      weather.outage = random.chance(0.1);
    },
    checkBounds() {
      for (const { controls } of compositions) {
        const { content } = controls.traffic();
        if (content === undefined) continue;
        if (content.heldBytes + content.inFlightBytes > memoryBytes) problems.push('more memory than allowed');
        if (content.heldBytes < 0 || content.inFlightBytes < 0) problems.push('negative memory');
        if (content.speculativeBytes > content.allowedSpeculativeBytes) problems.push('more speculation than allowed');
      }
    },
    async checkRecovery() {
      const { weather } = origin;
      Object.assign(weather, { mutation: 0, failure: 0, silence: 0, cut: 0, outage: false });
      // Bodies that hang time out, the breaker closes, what was believed is forgotten.
      await clock.advance(120_000);
      await clock.advance(120_000);
      if (origin.atOnce > 0) problems.push(`${origin.atOnce} requests are never let go of`);
      const state = { left: history.paths.length };
      for (const path of history.paths) void readAfterAll(path).finally(() => (state.left -= 1));
      for (let turn = 0; state.left > 0 && turn < 500; turn += 1) await clock.advance(20);
      if (state.left > 0) problems.push(`after all: ${state.left} reads hang`);
      const inFlightBytes = compositions.at(-1)?.controls.traffic().content?.inFlightBytes ?? 0;
      if (inFlightBytes !== 0) problems.push(`${inFlightBytes} bytes stay in flight`);
    },
    async end() {
      let closed = false;
      Promise.resolve(ns.close()).then(
        () => (closed = true),
        (error: unknown) => problems.push(`close: ${inspect(error)}`),
      );
      await clock.advance(10_000);
      if (!closed) problems.push('close does not settle');
      await clock.advance(1_000);
      for (const file of open) await file.close();
      if (draining > 0) problems.push(`${draining} mounts never drain`);
      if (origin.atOnce > 0) problems.push(`${origin.atOnce} requests outlive close`);
      if (clock.sleepers > 0) problems.push(`${clock.sleepers} timers outlive close`);
      for (const { controls } of compositions) {
        const { content } = controls.traffic();
        if ((content?.heldBytes ?? 0) !== 0) problems.push(`${content?.heldBytes} bytes are held after close`);
      }
      if (under.size > 0) problems.push(`calls outlive close: ${[...under].join(', ')}`);
    },
  };
}
