// Everything a mount expects of a backend, against the origin in memory. When yours is a real one, start a server of its kind here
// and let `fixture` move that: what is offered is tested, what is not has to be named in `skips` with a reason.
import { describe, it } from 'node:test';
import { createSecret } from '@mountkit/core';
import { fixtureTree, runConformance } from '@mountkit/testkit';
import { createClient } from '../dist/client.js';
import { create__Name__Backend } from '../dist/index.js';
import { createSampleOrigin } from '../dist/sample-origin.js';

const token = 'sample-token-4d1f';
const tree = fixtureTree();
const origin = createSampleOrigin({}, token);
for (const [path, node] of tree.nodes) if (node.type === 'file') origin.put(path.slice(1), node.bytes);

const options = { url: 'https://sample.example/', token: createSecret(token) };

/** Lets the origin be in trouble until the function it gives is called. */
const troubled = (key, status) => {
  origin.trouble.set(key, status);
  return () => origin.trouble.delete(key);
};

runConformance(
  {
    name: '__package__',
    create: (context) => create__Name__Backend(options, context, createClient(options, context, origin)),
    fixture: {
      tree,
      secrets: [token],
      mutate: (path, bytes) => origin.put(path.slice(1), bytes),
      outage: () => troubled('*', 0),
      deny: (path) => troubled(path.slice(1), 403),
      hold: () => origin.hold(),
    },
    // So that nothing is dropped unseen.
    capabilities: { ranges: true, versions: 'strong' },
    // A directory of the tree has 120 names, and a page of the sample origin 100.
    budgets: { list: 2 },
  },
  { describe, it },
);
