import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ReportSummary, summariesMarkdown } from '@mountkit/testkit';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- a script without types
import { conformancePage } from '../../scripts/conformance-page.js';
import { checkout } from './packed-consumer.ts';

const folder = join(checkout, 'docs', 'conformance');
const page = readFileSync(join(checkout, 'docs', 'conformance.md'), 'utf8');

describe('docs/conformance.md', () => {
  it('is made of the reports in docs/conformance', async () => {
    expect(page).toBe(await (conformancePage as (root: string) => Promise<string>)(checkout));
  });

  it('has every backend of the repository, and no failure', () => {
    const reports = readdirSync(folder).toSorted();
    const backends = readdirSync(join(checkout, 'backends'));
    expect(backends.filter((name) => !reports.some((file) => file.startsWith(name)))).toEqual([]);
    for (const file of reports) {
      const { counts } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ReportSummary;
      expect([file, counts.fail]).toEqual([file, 0]);
    }
  });

  it('would show a failure', () => {
    const failing: ReportSummary = {
      subject: 'broken',
      counts: { pass: 1, fail: 1, skip: 0, doesNotApply: 0 },
      leftOut: [],
      cases: [{ id: 'walk.size-list', says: 'A | B', outcomes: { raw: 'pass', layers: 'fail', mounted: 'skip' } }],
    };
    const text = summariesMarkdown(new Map([['x', failing]]));
    expect(text).toContain('| x | broken | 1 | 1 | 0 | 0 |');
    expect(text).toContain('| `walk.size-list` | A \\| B | **fail** |');
  });
});
