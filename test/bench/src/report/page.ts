import type { Results } from '../results.ts';
export function page(results: Results): string { return JSON.stringify(results); }
