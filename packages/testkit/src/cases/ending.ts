import assert from 'node:assert/strict';
import { isFsError, isNotModified, isThenable, type MaybePromise } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { noFaults, sameBytes } from '../findings.ts';
import { describeError, Unsettled } from '../probe.ts';
import { leftOpenBy } from '../resources.ts';
import type { View } from '../view.ts';

type Attempt = (signal: AbortSignal | undefined) => MaybePromise<unknown>;

function attemptsOf(bench: Bench, { backend }: View): ReadonlyMap<string, Attempt> {
  const { small, directory } = bench.roles;
  const context = (signal: AbortSignal | undefined): { signal?: AbortSignal } =>
    signal === undefined ? {} : { signal };
  return new Map<string, Attempt>([
    [`stat '${small.path}'`, (signal) => backend.stat(small.path, {}, context(signal))],
    [`list '${directory}'`, (signal) => backend.list(directory, {}, context(signal))],
    [`read '${small.path}'`, (signal) => backend.read(small.path, {}, context(signal))],
  ]);
}

function isCanceled(error: unknown): boolean {
  return isFsError(error) && error.code === 'ECANCELED';
}

/** Lets the origin hold everything while `use` runs. */
async function held(bench: Bench, use: (release: () => Promise<void>) => Promise<void>): Promise<void> {
  const restore = await bench.fixture.hold?.();
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (isHeld) await restore?.();
    isHeld = false;
  };
  try {
    await use(release);
  } finally {
    await release();
  }
}

/** Calls under way, their outcomes caught. */
function startAll(attempts: ReadonlyMap<string, Attempt>, signal?: AbortSignal): ReadonlyMap<string, Promise<unknown>> {
  return new Map(
    Array.from(attempts, ([what, attempt]) => [
      what,
      Promise.resolve()
        .then(() => attempt(signal))
        .then(
          () => 'succeeds',
          (error: unknown) => error,
        ),
    ]),
  );
}

/** How calls end: a call, once canceled or aborted by a close, settles; nothing stays open behind it. */
export const endingCases: readonly Case[] = [
  {
    id: 'abort.before',
    says: 'A call whose signal has fired already is ECANCELED, but for an answer that needs no waiting.',
    run: (bench) =>
      bench.fresh(async (view) => {
        const faults: string[] = [];
        for (const [what, attempt] of attemptsOf(bench, view)) {
          let answer: MaybePromise<unknown>;
          try {
            answer = attempt(AbortSignal.abort());
            if (!isThenable(answer)) continue;
            await bench.probe.call(what, () => answer);
            faults.push(`${what} succeeds`);
          } catch (error) {
            if (!isCanceled(error)) faults.push(`${what}: ${describeError(error)}`);
          }
        }
        noFaults(faults);
      }),
  },
  {
    id: 'abort.in-flight',
    says: 'A call whose signal fires while the origin is silent ends at once with ECANCELED.',
    needs: ['hold'],
    run: (bench) =>
      bench.fresh((view) =>
        held(bench, async () => {
          const faults: string[] = [];
          for (const [what, attempt] of attemptsOf(bench, view)) {
            const controller = new AbortController();
            const outcome = startAll(new Map([[what, attempt]]), controller.signal).get(what);
            await turnsOfTheLoop();
            controller.abort();
            try {
              const error = await bench.probe.call(what, () => outcome);
              if (!isCanceled(error))
                faults.push(`${what}: ${error === 'succeeds' ? 'it succeeds' : describeError(error)}`);
            } catch (error) {
              faults.push(describeError(error));
            }
          }
          noFaults(faults);
        }),
      ),
  },
  {
    id: 'abort.alone',
    says: 'One caller who gives up does not fail another one who asks for the same.',
    needs: ['hold'],
    run: (bench) =>
      bench.fresh((view) =>
        held(bench, async (release) => {
          const { path, bytes } = bench.roles.small;
          const controller = new AbortController();
          const gone = bench.probe.read(view.backend, path, {}, controller.signal).catch((error: unknown) => error);
          const staying = bench.probe.read(view.backend, path).catch((error: unknown) => asError(error));
          await turnsOfTheLoop();
          controller.abort();
          await turnsOfTheLoop();
          await release();
          await gone;
          const answer = await staying;
          if (answer instanceof Error) assert.fail(`the other reader gets ${describeError(answer)}`);
          if (isNotModified(answer)) assert.fail('read says "not modified"');
          sameBytes(answer.bytes, bytes);
        }),
      ),
  },
  {
    id: 'abort.body',
    says: 'When the signal of a read fires in the middle of its body, the body ends.',
    run: (bench) =>
      bench.fresh(async ({ backend }) => {
        const { path } = bench.roles.large;
        const controller = new AbortController();
        const answer = await bench.probe.call(`read '${path}'`, () =>
          backend.read(path, {}, { signal: controller.signal }),
        );
        if (isNotModified(answer) || Array.isArray(answer.body)) return;
        const pieces = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
        await bench.probe.call(`body of '${path}'`, () => pieces.next());
        controller.abort();
        // What had arrived may still be handed out.
        for (let count = 0; count < 1000; count += 1) {
          const piece = await bench.probe
            .call(`body of '${path}'`, () => pieces.next())
            .catch((error: unknown) => error);
          if (piece instanceof Unsettled) throw piece;
          if (piece instanceof Error || (piece as IteratorResult<unknown>).done === true) return;
        }
        assert.fail('the body goes on after the signal has fired');
      }),
  },
  {
    id: 'close.settles',
    says: 'close settles, also when it is called twice and before anything was asked.',
    run: async (bench) => {
      await bench.fresh((view) => bench.probe.call('close', () => view.close()));
      await bench.fresh(async (view) => {
        await bench.probe.call(`read '${bench.roles.small.path}'`, () =>
          bench.probe.read(view.backend, bench.roles.small.path),
        );
        await bench.probe.call('close', () => view.close());
        await bench.probe.call('close', () => view.close());
      });
    },
  },
  {
    id: 'close.in-flight',
    says: 'When a mount closes, every call under way settles, though the origin is silent.',
    needs: ['hold'],
    run: (bench) =>
      bench.fresh((view) =>
        held(bench, async () => {
          const controller = new AbortController();
          const outcomes = startAll(attemptsOf(bench, view), controller.signal);
          await turnsOfTheLoop();
          // As a mount does: the signals of the calls fire, then the backend is closed.
          controller.abort();
          await bench.probe.call('close', () => view.close());
          const faults: string[] = [];
          for (const [what, outcome] of outcomes) {
            const error = await bench.probe.call(what, () => outcome).catch((hung: unknown) => hung);
            if (error instanceof Unsettled) faults.push(describeError(error));
          }
          noFaults(faults);
        }),
      ),
  },
  {
    id: 'close.leaks',
    says: 'A closed backend leaves nothing open that keeps the process alive: no connection, no timer.',
    async run(bench) {
      const use = async (view: View): Promise<void> => {
        const { small, large, directory } = bench.roles;
        await bench.probe.call(`list '${directory}'`, () => view.backend.list(directory, {}, {}));
        await bench.probe.read(view.backend, small.path);
        const answer = await bench.probe.call(`read '${large.path}'`, () => view.backend.read(large.path, {}, {}));
        if (isNotModified(answer) || Array.isArray(answer.body)) return;
        const pieces = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
        await bench.probe.call(`body of '${large.path}'`, () => pieces.next());
        await bench.probe.call('return of a body', () => pieces.return?.());
      };
      noFaults(await leftOpenBy(() => bench.fresh(use), bench.deadlineMs));
    },
  },
];

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Long enough for a request to be on its way: no time is measured, the loop turns. */
async function turnsOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
