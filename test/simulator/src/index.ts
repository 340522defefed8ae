export { inventedPatterns } from './invented-patterns.ts';
export { listedPatterns } from './listed-patterns.ts';
export type { Pattern } from './pattern.ts';
export { policies } from './policies/index.ts';
export { planned } from './policies/planned.ts';
export { type Summary, summarise, table } from './report.ts';
export { type Setting, settings } from './setting.ts';
export { type Outcome, simulate } from './simulation.ts';
