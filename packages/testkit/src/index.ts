export {
  type CheckOptions,
  checkConformance,
  type ConformanceRun,
  runConformance,
  type Runner,
} from './conformance.ts';
export {
  type FixtureNode,
  fixtureTree,
  type FixtureTree,
  type FixtureTreeOptions,
  type LeftOut,
  treeOf,
} from './fixture-tree.ts';
export { checkLive, type LiveSubject } from './live/check-live.ts';
export { type ManifestEntry, manifestOf, writeTree } from './manifest.ts';
export { type Badge, type Report, reportBadge, reportMarkdown, type ReportRow } from './report.ts';
export {
  type ReportSummary,
  reportSummary,
  summariesMarkdown,
  type SummaryCase,
  summaryJson,
} from './report-summary.ts';
export { reportText } from './report-text.ts';
export type { Budgets, Face, Fixture, FixtureAbility, HttpFixture, Restore, Skip, Subject } from './subject.ts';
