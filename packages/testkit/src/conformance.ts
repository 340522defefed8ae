import { throwIfAborted } from '@mountkit/core';
import { type Bench, createBench } from './bench.ts';
import { noFaults } from './findings.ts';
import { type PlannedCase, planCases } from './plan.ts';
import { makeReport, type Report, type ReportRow } from './report.ts';
import { runCase, type Verdict } from './run-case.ts';
import { faultsOfFixture, faultsOfSubject } from './subject-faults.ts';
import type { Face, Fixture, Subject } from './subject.ts';

/** The part of a test runner that is used: `describe` and `it` of vitest, node:test, mocha, jest. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  it: ((name: string, body: (context?: unknown) => Promise<void>, timeoutMs?: number) => unknown) & {
    /** Where it is there, declared skips show as skipped. */
    readonly skip?: (name: string, body: () => void) => unknown;
  };
}

/** A run whose cases are registered with a runner. */
export interface ConformanceRun {
  /** What was found so far: complete once the runner has run all cases, e.g. in its `afterAll`. */
  report(): Report;
}

// Every single call of a case ends by the subject's own deadline.
const caseTimeoutMs = 120_000;

/** The benches of a run: the fixture is set up with the first, each face has one. */
function createBenches(subject: Subject): {
  of(face: Face): Promise<Bench>;
  close(face: Face): Promise<void>;
  /** Lets go of the fixture. */
  end(): Promise<void>;
  readonly fixture: Fixture | undefined;
} {
  const benches = new Map<Face, Promise<Bench>>();
  let fixture: Promise<Fixture> | undefined;
  let known: Fixture | undefined;
  const setUp = async (): Promise<Fixture> => {
    known = await (typeof subject.fixture === 'function' ? subject.fixture() : subject.fixture);
    const faults = faultsOfFixture(known);
    if (faults.length > 0) await known.close?.();
    noFaults(faults);
    return known;
  };
  return {
    get fixture() {
      return known;
    },
    of(face) {
      let bench = benches.get(face);
      if (bench === undefined) {
        fixture ??= setUp();
        benches.set(face, (bench = fixture.then((made) => createBench(subject, made, face))));
      }
      return bench;
    },
    async close(face) {
      await (await benches.get(face))?.close();
    },
    async end() {
      await (await fixture)?.close?.();
    },
  };
}

function rowOf({ face, case: { id, says } }: PlannedCase, verdict: Verdict): ReportRow {
  return { id, face, says, outcome: verdict.outcome, ...explained(verdict) };
}

/** What a row says of a verdict beside its outcome. */
function explained(verdict: Verdict): Pick<ReportRow, 'message' | 'reason'> {
  if (verdict.outcome === 'fail') return { message: verdict.message };
  return verdict.outcome === 'does not apply' && verdict.reason !== undefined ? { reason: verdict.reason } : {};
}

function skippedRow({ face, case: { id, says } }: PlannedCase, reason: string): ReportRow {
  return { id, face, says, outcome: 'skip', reason };
}

/**
 * Registers every case of the suite with a runner, in groups by face. Cases that the capabilities do not call for are left out where `capabilities` says so, else
 * they are skipped as they come up.
 *
 * @throws AssertionError for a key that does not exist, and for a skip that names no case or gives no reason.
 */
export function runConformance(subject: Subject, { describe, it }: Runner): ConformanceRun {
  noFaults(faultsOfSubject(subject));
  const benches = createBenches(subject);
  const planned = planCases(subject);
  const rows = new Map<PlannedCase, ReportRow>();

  const faces = [...new Set(planned.map((each) => each.face))];
  for (const face of faces) {
    describe(face, () => {
      for (const each of planned.filter((one) => one.face === face)) {
        const name = `${each.case.id}: ${each.case.says}`;
        if (each.doesNotApply) {
          rows.set(each, rowOf(each, { outcome: 'does not apply' }));
          continue;
        }
        if (each.skip !== undefined) {
          rows.set(each, skippedRow(each, each.skip));
          it.skip?.(`${name} (${each.skip})`, () => undefined);
          continue;
        }
        it(
          name,
          async (context) => {
            const verdict = await runCase(await benches.of(face), each.case);
            rows.set(each, rowOf(each, verdict));
            if (verdict.outcome === 'fail') throw verdict.error;
            if (verdict.outcome === 'does not apply')
              skipNow(context, verdict.reason ?? 'it does not apply to this backend');
          },
          caseTimeoutMs,
        );
      }
      it(
        'lets go of the backend',
        async () => {
          await benches.close(face);
          if (face === faces.at(-1)) await benches.end();
        },
        caseTimeoutMs,
      );
    });
  }

  return {
    report: () =>
      makeReport(
        nameOf(subject),
        planned.flatMap((each) => rows.get(each) ?? []),
        benches.fixture?.tree.leftOut ?? [],
      ),
  };
}

/** How {@link checkConformance} is run. */
export interface CheckOptions {
  /** Called after each case, with how many of how many have been looked at. */
  readonly onCase?: (row: ReportRow, progress: { readonly done: number; readonly total: number }) => void;
  /** Fired, no further case is run. */
  readonly signal?: AbortSignal;
  /** End at the first failure. @default false */
  readonly firstFailureOnly?: boolean;
}

/**
 * Runs every case of the suite without a runner, and reports. It does not reject for a case that fails.
 *
 * @throws AssertionError for a key that does not exist, and for a skip that names no case or gives no reason; what the fixture throws while it is set up; {@link FsError} ECANCELED.
 */
export async function checkConformance(subject: Subject, options: CheckOptions = {}): Promise<Report> {
  noFaults(faultsOfSubject(subject));
  const benches = createBenches(subject);
  const planned = planCases(subject);
  const rows: ReportRow[] = [];
  const report = (): Report => makeReport(nameOf(subject), rows, benches.fixture?.tree.leftOut ?? []);
  try {
    for (const face of new Set(planned.map((each) => each.face))) {
      const bench = await benches.of(face);
      try {
        for (const each of planned.filter((one) => one.face === face)) {
          throwIfAborted(options.signal, 'test');
          const row =
            each.skip !== undefined
              ? skippedRow(each, each.skip)
              : rowOf(each, each.doesNotApply ? { outcome: 'does not apply' } : await runCase(bench, each.case));
          rows.push(row);
          options.onCase?.(row, { done: rows.length, total: planned.length });
          if (options.firstFailureOnly === true && row.outcome === 'fail') return report();
        }
      } finally {
        await bench.close();
      }
    }
    return report();
  } finally {
    await benches.end();
  }
}

function nameOf({ name = 'backend' }: Subject): string {
  return name;
}

// vitest's and node:test's contexts both have it.
function skipNow(context: unknown, reason: string): void {
  const { skip } = (context ?? {}) as { skip?: (reason: string) => void };
  if (typeof skip === 'function') skip.call(context, reason);
}
