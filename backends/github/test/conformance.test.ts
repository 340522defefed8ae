import { execFileSync } from 'node:child_process';
import type { BackendContext, FsBackend } from '@mountkit/core';
import {
  type Change,
  type Fixture as Repository,
  generate,
  type GitHubServer,
  startGitHubServer,
} from '@mountkit/test-github-server';
import {
  type Fixture,
  fixtureTree,
  type FixtureTree,
  reportSummary,
  runConformance,
  summaryJson,
} from '@mountkit/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { createGitHubBackend } from '../src/index.ts';

const token = 'ghp_conformance0123456789abcdef';
const tree = fixtureTree({ symlinks: true, modes: true });

function importTree({ nodes }: FixtureTree): Promise<Repository> {
  return generate(async (into) => {
    await into.commit({
      ref: 'refs/heads/main',
      message: 'The fixture tree',
      changes: Array.from(nodes).flatMap(([path, node]): readonly Change[] => {
        if (node.type === 'directory') return [];
        if (node.type === 'symlink') return [{ path: path.slice(1), mode: '120000' as const, content: node.target }];
        return [
          {
            path: path.slice(1),
            mode: node.mode === 0o755 ? ('100755' as const) : ('100644' as const),
            content: node.bytes,
          },
        ];
      }),
    });
  });
}

function git(gitDir: string, args: readonly string[], input?: Uint8Array): string {
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: 'Fixture',
    GIT_AUTHOR_EMAIL: 'fixture@mountkit.example',
    GIT_COMMITTER_NAME: 'Fixture',
    GIT_COMMITTER_EMAIL: 'fixture@mountkit.example',
  };
  return execFileSync('git', ['--git-dir', gitDir, ...args], { env, ...(input !== undefined && { input }) })
    .toString()
    .trim();
}

/** Commits another content of one file, as a push does. */
function push(gitDir: string, path: string, bytes: Uint8Array): void {
  const blob = git(gitDir, ['hash-object', '-w', '--stdin'], bytes);
  git(gitDir, ['read-tree', 'main']);
  git(gitDir, ['update-index', '--cacheinfo', `100644,${blob},${path.slice(1)}`]);
  const commit = git(gitDir, ['commit-tree', git(gitDir, ['write-tree']), '-p', 'main', '-m', 'Change']);
  git(gitDir, ['update-ref', 'refs/heads/main', commit]);
}

let server: GitHubServer;
let repository: Repository;

function create(baseUrl: string, context: BackendContext): FsBackend {
  return createGitHubBackend({ repo: 'acme/tree', baseUrl, token }, context);
}

const run = runConformance(
  {
    name: '@mountkit/github',
    create: (context) => create(server.url, context),
    async fixture(): Promise<Fixture> {
      [server, repository] = await Promise.all([startGitHubServer({ tokens: [token] }), importTree(tree)]);
      server.addRepository('acme/tree', { gitDir: repository.gitDir, private: true });
      return {
        tree,
        secrets: [token],
        http: { url: server.url, create },
        requests: () => server.requests.length,
        mutate: (path, bytes) => push(repository.gitDir, path, bytes),
        async outage() {
          await server.down();
          return () => server.up();
        },
        deny() {
          server.fault({ kind: 'status', status: 403 });
          return () => server.clearFaults();
        },
        hold() {
          const fault = server.fault({ kind: 'silent' });
          return () => fault.remove();
        },
      };
    },
    capabilities: { recursiveList: true, symlinks: true, versions: 'content', revisions: true, readMany: true },
    budgets: { coldRead: 3, list: 2 },
    skips: [{ id: 'abort.alone', reason: 'the test server does not answer what it has held' }],
  },
  { describe, it },
);

it('is what docs/conformance says: npm run conformance -- --update', () =>
  expect(summaryJson(reportSummary(run.report()))).toMatchFileSnapshot('../../../docs/conformance/github.json'));

afterAll(async () => {
  await server.close();
  await repository.remove();
  expect(run.report().counts.fail).toBe(0);
});
