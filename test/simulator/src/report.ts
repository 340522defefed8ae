import type { Outcome } from './simulation.ts';

/** How a policy did over all patterns of a setting. */
export interface Summary {
  readonly policy: string;
  readonly geomean: number;
  readonly worst: number;
  readonly amplification: number;
}

/** The geometric mean and the worst of the times over the limits, and the geometric mean of the amplifications, by policy. */
export function summarise(outcomes: readonly Outcome[]): Summary[] {
  return [...new Set(outcomes.map((each) => each.policy))].map((policy) => {
    const own = outcomes.filter((each) => each.policy === policy);
    return {
      policy,
      geomean: geomean(own.map((each) => each.overLimit)),
      worst: Math.max(...own.map((each) => each.overLimit)),
      amplification: geomean(own.map((each) => each.amplification)),
    };
  });
}

/** Patterns down, policies across; each cell is time over limit and bytes over bytes used. */
export function table(outcomes: readonly Outcome[]): string {
  const policies = [...new Set(outcomes.map((each) => each.policy))];
  const patterns = [...new Set(outcomes.map((each) => each.pattern))];
  const rows = patterns.map((pattern) => [
    pattern,
    ...policies.map((policy) => {
      const outcome = outcomes.find((each) => each.pattern === pattern && each.policy === policy);
      return outcome === undefined ? '' : `${figure(outcome.overLimit)} / ${figure(outcome.amplification)}`;
    }),
  ]);
  const summaries = summarise(outcomes);
  rows.push(
    ['**geometric mean**', ...summaries.map((each) => `${figure(each.geomean)} / ${figure(each.amplification)}`)],
    ['**worst**', ...summaries.map((each) => figure(each.worst))],
  );
  return markdown([['pattern', ...policies], ...rows]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

function figure(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function geomean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
