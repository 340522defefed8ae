import { cell } from './markdown.ts';
import type { LeftOut } from './fixture-tree.ts';
import type { Face } from './subject.ts';

/** How one case ended on one face. */
export interface ReportRow {
  /** The case's id. */
  readonly id: string;
  readonly face: Face;
  /** What the case says, in one sentence. */
  readonly says: string;
  readonly outcome: 'pass' | 'fail' | 'skip' | 'does not apply';
  /** Of a skip: why; of a case that does not apply: what of the tree is missing. */
  readonly reason?: string;
  /** Of a failure: what was found. */
  readonly message?: string;
}

/** What a run found. Plain data: its JSON is the report. */
export interface Report {
  readonly subject: string;
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly counts: {
    readonly pass: number;
    readonly fail: number;
    readonly skip: number;
    readonly doesNotApply: number;
  };
  /** The case to look at first: causes are tested before their consequences. */
  readonly firstFailure?: ReportRow;
  /** In the order in which they were run. */
  readonly rows: readonly ReportRow[];
  /** What of the tree the origin cannot hold. */
  readonly leftOut: readonly LeftOut[];
}

/** A report of the cases that were run. */
export function makeReport(subject: string, rows: readonly ReportRow[], leftOut: readonly LeftOut[]): Report {
  const count = (outcome: ReportRow['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  const firstFailure = rows.find(({ outcome }) => outcome === 'fail');
  return {
    subject,
    ok: firstFailure === undefined,
    counts: { pass: count('pass'), fail: count('fail'), skip: count('skip'), doesNotApply: count('does not apply') },
    ...(firstFailure !== undefined && { firstFailure }),
    rows,
    leftOut,
  };
}

const words: Readonly<Record<ReportRow['outcome'], string>> = {
  pass: 'pass',
  fail: '**fail**',
  skip: 'skip',
  'does not apply': '-',
};

/** The report as a markdown table, a row for each case and a column for each face; the reasons of the skips stand below. */
export function reportMarkdown({ subject, counts, rows, leftOut }: Report): string {
  const faces = [...new Set(rows.map(({ face }) => face))];
  const byId = new Map<string, ReportRow[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  const lines = [
    `${subject}: ${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped.`,
    '',
    `| Case | What it says | ${faces.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(faces.length)}`,
  ];
  for (const [id, found] of byId) {
    const cells = faces.map((face) => {
      const row = found.find((each) => each.face === face);
      return row === undefined ? '' : words[row.outcome];
    });
    lines.push(`| \`${id}\` | ${cell(found[0]?.says ?? '')} | ${cells.join(' | ')} |`);
  }
  const reasons = new Map(
    rows.flatMap(({ id, outcome, reason }) =>
      outcome !== 'skip' || reason === undefined ? [] : [[id, reason] as const],
    ),
  );
  if (reasons.size > 0)
    lines.push('', 'Skipped:', '', ...Array.from(reasons, ([id, reason]) => `- \`${id}\`: ${cell(reason)}`));
  if (leftOut.length > 0) {
    lines.push(
      '',
      'Not held by the origin:',
      '',
      ...leftOut.map(({ path, reason }) => `- \`${path}\`: ${cell(reason)}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** A badge in the form of the endpoint that https://shields.io/badges/endpoint-badge describes. */
export interface Badge {
  readonly schemaVersion: 1;
  readonly label: string;
  readonly message: string;
  readonly color: string;
}

/** What was counted, in one run or in several, as a {@link Badge}. */
export function reportBadge({ counts }: Pick<Report, 'counts'>): Badge {
  const skipped = counts.skip === 0 ? '' : `, ${counts.skip} skipped`;
  return {
    schemaVersion: 1,
    label: 'mountkit conformance',
    message: counts.fail === 0 ? `${counts.pass} passed${skipped}` : `${counts.fail} failed`,
    color: counts.fail > 0 ? 'red' : counts.skip === 0 ? 'brightgreen' : 'green',
  };
}
