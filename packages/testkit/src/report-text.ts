import type { Report, ReportRow } from './report.ts';

const width = 100;

/** The report for a terminal: what failed and why, what was skipped and why, and how many passed of each group. Lines end with a line feed. */
export function reportText({ subject, counts, firstFailure, rows, leftOut }: Report): string {
  const lines = [subject];
  for (const row of rows.filter(({ outcome }) => outcome === 'fail')) {
    lines.push(`  FAIL  ${row.id} (${row.face})${row === firstFailure ? '   <- look at this one first' : ''}`);
    const [, ...faults] = (row.message ?? '').split('\n');
    lines.push(`        ${row.says}`, ...faults.map((fault) => `        - ${fault}`));
  }
  for (const [reason, ids] of byReason(rows, 'skip')) {
    lines.push(`  skip  ${reason}:`, ...wrapped([...ids], '        '));
  }
  for (const [reason, ids] of byReason(rows, 'does not apply')) {
    lines.push(`  does not apply  ${reason}:`, ...wrapped([...ids], '        '));
  }
  for (const { path, reason } of leftOut) lines.push(`  left out  ${path}: ${reason}`);
  const passed = new Map<string, number>();
  for (const { id, outcome } of rows) {
    const group = groupOf(id);
    if (outcome === 'pass') passed.set(group, (passed.get(group) ?? 0) + 1);
  }
  lines.push(
    ...wrapped(
      Array.from(passed, ([group, count]) => `${group} ${count}`),
      '  pass  ',
    ),
  );
  const { pass, fail, skip, doesNotApply } = counts;
  lines.push(`  ${pass} passed, ${fail} failed, ${skip} skipped, ${doesNotApply} do not apply`);
  return `${lines.join('\n')}\n`;
}

function groupOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

/** The ids of the cases that ended so, by reason. A group of which everything did for one reason is named as a whole. */
function byReason(rows: readonly ReportRow[], ended: ReportRow['outcome']): ReadonlyMap<string, ReadonlySet<string>> {
  const reasons = new Map<string, Set<string>>();
  const spread = new Map<string, Set<string | undefined>>();
  for (const { id, reason } of rows) spread.set(groupOf(id), (spread.get(groupOf(id)) ?? new Set()).add(reason));
  for (const { id: own, outcome, reason } of rows) {
    if (outcome !== ended || reason === undefined) continue;
    const id = spread.get(groupOf(own))?.size === 1 ? `${groupOf(own)}.*` : own;
    const ids = reasons.get(reason);
    if (ids === undefined) reasons.set(reason, new Set([id]));
    else ids.add(id);
  }
  return reasons;
}

/** Words with commas between them, in lines; the first begins with `lead`, the others as far in. */
function wrapped(words: readonly string[], lead: string): readonly string[] {
  const lines: string[] = [];
  let line = lead;
  for (const [index, word] of words.entries()) {
    const text = index + 1 < words.length ? `${word}, ` : word;
    if (line.length + text.length > width && line.trim() !== '' && line !== lead) {
      lines.push(line.trimEnd());
      line = ' '.repeat(lead.length);
    }
    line += text;
  }
  return words.length === 0 ? [] : [...lines, line.trimEnd()];
}
