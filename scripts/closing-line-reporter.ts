import type { Reporter, TestModule } from 'vitest/node';

/** Prints one plain line over all suites, the last of the run: `N passed, N failed, N skipped`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[test.result().state] += 1;
      // What failed without a test of its own to count: a file that could not be collected, a hook around several tests.
      const around = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
      count.failed += around.length === 0 && tests.length === 0 ? 1 : around.length;
    }
    process.stdout.write(
      `\n${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped\n`,
    );
  }
}
