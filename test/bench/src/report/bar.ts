import { table } from './figures.ts';

/** Something mountkit has to reach, and what was measured of it. */
export interface Bar {
  readonly title: string;
  readonly bound: string;
  readonly measured: string;
  /** Undefined where it was not measured. */
  readonly isMet: boolean | undefined;
  /** By how much it was missed, and why. */
  readonly missedBy?: string;
  readonly why?: string;
}

/** A figure, the most it may be, and how both are written. */
export interface Limited {
  readonly title: string;
  readonly most: number;
  /** Undefined where it was not measured. */
  readonly value: number | undefined;
  inWords(value: number): string;
  /** Asked where the bar is missed. */
  why?(): string;
}

/** The bar of a figure. */
export function barOf({ title, most, value, inWords, why }: Limited): Bar {
  const bound = `<= ${inWords(most)}`;
  if (value === undefined) return { title, bound, measured: 'not measured', isMet: undefined };
  const isMet = value <= most;
  return {
    title,
    bound,
    measured: inWords(value),
    isMet,
    ...(!isMet && {
      missedBy: most === 0 ? inWords(value) : `${Math.round((value / most - 1) * 100)} %`,
      ...(why !== undefined && { why: why() }),
    }),
  };
}

/** A section of a page: the bars, and under them why some were missed. */
export function barSection(bars: readonly Bar[]): string {
  const reasons = bars.flatMap(({ title, why }) => (why === undefined ? [] : [`- ${title}: ${why}`]));
  const lines = bars.map(({ title, bound, measured, isMet, missedBy }) => [
    title,
    bound,
    measured,
    isMet === undefined ? '' : isMet ? 'met' : `**missed by ${missedBy ?? ''}**`,
  ]);
  return `## Bars\n\n${table(['what', 'bound', 'measured', 'met'], lines)}${reasons.length === 0 ? '' : `\n${reasons.join('\n')}\n`}`;
}
