// The page of the conformance kit's runs, made of the reports beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const head = `# Conformance

<!-- Made by the command below from the reports in conformance/. Changes by hand are lost. -->

    npm run conformance -- --update

Every backend of this repository is held to the cases of [@mountkit/testkit](../packages/testkit/README.md) with each change: by itself, behind the layers of a mount, and mounted at \`/a/b/c\`. A test fails where a report
here is not what a run finds. ✓ stands where a case passes on all of these, an empty cell where the backend or its origin gives no occasion for it. What was counted are cases on faces.

`;

/** The text of docs/conformance.md, for the checkout at `root`, which has to be built. */
export async function conformancePage(root) {
  const { summariesMarkdown } = await import(join(root, 'packages', 'testkit', 'dist', 'index.js'));
  const folder = join(root, 'docs', 'conformance');
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const summaries = names.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(join(folder, name), 'utf8'))]);
  return head + summariesMarkdown(new Map(summaries));
}
