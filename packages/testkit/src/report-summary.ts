import type { LeftOut } from './fixture-tree.ts';
import { cell } from './markdown.ts';
import type { Report, ReportRow } from './report.ts';
import type { Face } from './subject.ts';

/** How one case ended, on all the faces on which it is run. */
export interface SummaryCase {
  readonly id: string;
  /** What the case says, in one sentence. */
  readonly says: string;
  readonly outcomes: Readonly<Partial<Record<Face, ReportRow['outcome']>>>;
  /** Of a skip: why. */
  readonly reason?: string;
}

/** A report without messages, to be kept beside the code: it changes only where an outcome does. */
export interface ReportSummary {
  readonly subject: string;
  readonly counts: Report['counts'];
  /** In the order in which they are run. */
  readonly cases: readonly SummaryCase[];
  readonly leftOut: readonly LeftOut[];
}

/** The report in short. */
export function reportSummary({ subject, counts, rows, leftOut }: Report): ReportSummary {
  const cases = new Map<string, SummaryCase>();
  for (const { id, says, face, outcome, reason: given } of rows) {
    const reason = outcome === 'skip' ? given : undefined;
    const before = cases.get(id);
    const why = before?.reason ?? reason;
    const outcomes = { ...before?.outcomes, [face]: outcome };
    cases.set(id, { id, says, outcomes, ...(why !== undefined && { reason: why }) });
  }
  return { subject, counts, cases: [...cases.values()], leftOut };
}

/** The summary as JSON with a line for each case, so that a difference is one line. */
export function summaryJson({ cases, ...rest }: ReportSummary): string {
  const head = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  return `{\n${head.join('')}  "cases": [\n${cases.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]\n}\n`;
}

const marks: Readonly<Record<ReportRow['outcome'], string>> = {
  fail: '**fail**',
  skip: 'skip',
  pass: '✓',
  'does not apply': '',
};
const worstFirst: readonly ReportRow['outcome'][] = ['fail', 'skip', 'pass', 'does not apply'];

/** Several backends side by side, by a short name each: what was counted, a row for each case with the worst outcome of its faces, and the reasons of what was skipped. */
export function summariesMarkdown(summaries: ReadonlyMap<string, ReportSummary>): string {
  const names = [...summaries.keys()];
  const lines = ['| | backend | passed | failed | skipped | do not apply |', '| --- | --- | --- | --- | --- | --- |'];
  for (const [name, { subject, counts }] of summaries) {
    const { pass, fail, skip, doesNotApply } = counts;
    lines.push(`| ${name} | ${cell(subject)} | ${pass} | ${fail} | ${skip} | ${doesNotApply} |`);
  }
  lines.push('', `| case | what it says | ${names.join(' | ')} |`, `| --- | --- |${' --- |'.repeat(names.length)}`);
  for (const [id, says] of promises(summaries)) {
    const cells = Array.from(summaries.values(), ({ cases }) => {
      const outcomes = Object.values(cases.find((each) => each.id === id)?.outcomes ?? {});
      const worst = worstFirst.find((outcome) => outcomes.includes(outcome));
      return worst === undefined ? '' : marks[worst];
    });
    lines.push(`| \`${id}\` | ${cell(says)} | ${cells.join(' | ')} |`);
  }
  lines.push('', '## What was skipped, and why', '');
  for (const [name, { cases, leftOut }] of summaries) {
    const reasons = new Map<string, string[]>();
    for (const { id, reason } of cases)
      if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), `\`${id}\``]);
    for (const [reason, ids] of reasons) lines.push(`- ${name}: ${ids.join(', ')}: ${cell(reason)}`);
    for (const { path, reason } of leftOut) lines.push(`- ${name}: left out of the tree, \`${path}\`: ${cell(reason)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Every case that some backend was held to, in the order of the suite. */
function promises(summaries: ReadonlyMap<string, ReportSummary>): ReadonlyMap<string, string> {
  const longest = [...summaries.values()].toSorted((a, b) => b.cases.length - a.cases.length);
  return new Map(longest.flatMap(({ cases }) => cases.map(({ id, says }) => [id, says] as const)));
}
