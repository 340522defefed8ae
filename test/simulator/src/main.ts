/**
 * Prints patterns x policies for every setting: time over the limit of the pattern / bytes moved over bytes used.
 *
 *     node test/simulator/dist/main.js [--json] [--policy=NAME] [--setting=NUMBER]
 */
import { parseArgs } from 'node:util';
import {
  inventedPatterns,
  listedPatterns,
  type Outcome,
  policies,
  settings,
  simulate,
  summarise,
  table,
} from './index.ts';

const { values: asked } = parseArgs({
  options: { json: { type: 'boolean', default: false }, policy: { type: 'string' }, setting: { type: 'string' } },
});
const chosen = policies().filter((policy) => asked.policy === undefined || policy.name === asked.policy);
const results: { setting: string; patterns: string; outcomes: Outcome[] }[] = [];
for (const [index, setting] of settings.entries()) {
  if (asked.setting !== undefined && Number(asked.setting) !== index + 1) continue;
  for (const [name, patterns] of [
    ['listed', listedPatterns()],
    ['invented', inventedPatterns()],
  ] as const) {
    const outcomes = patterns.flatMap((pattern) => chosen.map((policy) => simulate(pattern, policy, setting)));
    results.push({ setting: setting.name, patterns: name, outcomes });
    if (!asked.json) console.log(`\n${setting.name}, ${name} patterns\n\n${table(outcomes)}`);
  }
}
if (asked.json) {
  console.log(
    JSON.stringify(
      results.map((each) => ({ ...each, summary: summarise(each.outcomes) })),
      undefined,
      2,
    ),
  );
}
