import assert from 'node:assert/strict';
import { type ErrorCode, isFsError, isNotModified } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { probeErrors } from '../error-probe.ts';
import { noFaults, sameBytes } from '../findings.ts';
import { describeError } from '../probe.ts';
import { lacksSymlinks } from '../roles.ts';
import type { Restore } from '../subject.ts';
import type { View } from '../view.ts';

function probed(id: string, says: string, more: Partial<Case> = {}): Case {
  return { id, says, run: async (bench) => (await probeErrors(bench)).none(id), ...more };
}

const outageCodes: ReadonlySet<ErrorCode> = new Set(['EIO', 'ETIMEDOUT']);

/** What three calls throw on a backend that has not been used before, while the origin is cut off. */
function duringOutage(bench: Bench): Promise<readonly { readonly what: string; readonly error: unknown }[]> {
  return bench.once('outage', () =>
    bench.fresh(async ({ backend }) => {
      const { small, directory } = bench.roles;
      const restore = await bench.fixture.outage?.();
      try {
        const calls = {
          [`stat '${small.path}'`]: () => backend.stat(small.path, {}, {}),
          [`list '${directory}'`]: () => backend.list(directory, {}, {}),
          [`read '${small.path}'`]: () => bench.probe.read(backend, small.path),
          "stat '/does-not-exist'": () => backend.stat('/does-not-exist', {}, {}),
        };
        const seen: { what: string; error: unknown }[] = [];
        for (const [what, attempt] of Object.entries(calls)) {
          seen.push({ what, error: await bench.probe.failure(what, attempt) });
        }
        return seen;
      } finally {
        await restore?.();
      }
    }),
  );
}

/** What reading throws while the origin is in trouble, which is then over. */
async function failureBefore(restore: Restore | undefined, bench: Bench, view: View, path: string): Promise<unknown> {
  try {
    return await bench.probe.failure(`read '${path}'`, () => bench.probe.read(view.backend, path));
  } finally {
    await restore?.();
  }
}

async function readAgain(bench: Bench, view: View, restore: Restore | undefined): Promise<void> {
  const { path, bytes } = bench.roles.small;
  const during = await failureBefore(restore, bench, view, path);
  assert.ok(during !== undefined, 'the read succeeds without the origin');
  const after = await bench.probe
    .read(view.backend, path)
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (after instanceof Error) assert.fail(`after the outage, '${path}' is still ${describeError(after)}`);
  if (isNotModified(after)) assert.fail('read says "not modified"');
  sameBytes(after.bytes, bytes);
}

/** What fails, and how. */
export const errorCases: readonly Case[] = [
  probed('errors.kind', 'Whatever is thrown is an FsError with a POSIX code.'),
  probed('errors.absent', 'What is not there is ENOENT, for stat, list and read.'),
  probed('errors.list-file', 'Listing a file is ENOTDIR.'),
  probed('errors.read-directory', 'Reading a directory is EISDIR.'),
  probed('errors.below-file', 'A path below a file is ENOTDIR.'),
  probed('errors.read-symlink', 'Reading a symlink is ELOOP: the backend never follows one.', {
    faces: ['raw', 'layers'],
    applies: ({ symlinks }) => symlinks,
    lacks: lacksSymlinks,
  }),
  probed('errors.below-symlink', 'A path below a symlink is ENOENT or ENOTDIR: the caller resolves it.', {
    faces: ['raw', 'layers'],
    applies: ({ symlinks }) => symlinks,
    lacks: lacksSymlinks,
  }),
  probed('errors.path', 'An error names the path that was asked for.'),
  probed('errors.final', 'What is not there or of another type is not worth another attempt.'),
  {
    id: 'errors.outage',
    says: 'An origin that cannot be reached is EIO or ETIMEDOUT, never ENOENT: nothing is known to be gone.',
    needs: ['outage'],
    async run(bench) {
      const seen = await duringOutage(bench);
      const faults = seen
        .filter(({ error }) => error !== undefined && (!isFsError(error) || !outageCodes.has(error.code)))
        .map(({ what, error }) => `${what}: ${describeError(error)}`);
      if (seen.every(({ error }) => error === undefined)) faults.push('every call succeeds without the origin');
      noFaults(faults);
    },
  },
  {
    id: 'errors.outage-reason',
    says: "An origin that cannot be reached has reason 'unavailable', 'timeout' or 'throttled'.",
    needs: ['outage'],
    async run(bench) {
      const seen = await duringOutage(bench);
      noFaults(
        seen
          .filter(
            ({ error }) => isFsError(error) && !['unavailable', 'timeout', 'throttled'].includes(error.reason ?? ''),
          )
          .map(({ what, error }) => `${what}: ${describeError(error)}`),
      );
    },
  },
  {
    id: 'errors.outage-retry',
    says: "An outage may be over soon: the error says retry 'safe' or after how long.",
    faces: ['raw'],
    needs: ['outage'],
    async run(bench) {
      const seen = await duringOutage(bench);
      noFaults(
        seen
          .filter(({ error }) => isFsError(error) && error.retry !== 'safe' && typeof error.retry !== 'object')
          .map(({ what, error }) => `${what}: it says retry ${isFsError(error) ? JSON.stringify(error.retry) : ''}`),
      );
    },
  },
  {
    id: 'errors.recovery',
    says: 'A failure is not remembered: when the origin is back, the same backend reads again.',
    needs: ['outage'],
    run: (bench) => bench.fresh(async (view) => readAgain(bench, view, await bench.fixture.outage?.())),
  },
  {
    id: 'errors.denied',
    says: 'What the origin refuses is EACCES or EPERM, never ENOENT.',
    needs: ['deny'],
    run: (bench) =>
      bench.fresh(async (view) => {
        const { path } = bench.roles.small;
        const restore = await bench.fixture.deny?.(bench.originPath(path));
        const error = await failureBefore(restore, bench, view, path);
        const code = isFsError(error) ? error.code : undefined;
        assert.ok(
          code === 'EACCES' || code === 'EPERM',
          `read '${path}': ${error === undefined ? 'it succeeds' : describeError(error)}`,
        );
      }),
  },
];
