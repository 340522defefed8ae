import {
  type Fixture,
  type GitHubServer,
  type GitHubServerOptions,
  startGitHubServer,
} from '@mountkit/test-github-server';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { FsBackend } from '@mountkit/core';
import type { GitHubOptions } from '../src/index.ts';
import { open, type TestContext } from './harness.ts';

/** A server over one fixture for a test file. It forgets faults, limits and counts between tests; the backends opened through it are closed. */
export interface Served<F extends Fixture> {
  readonly server: GitHubServer;
  readonly fixture: F;
  open(options?: Partial<GitHubOptions>, context?: TestContext): { backend: FsBackend; context: TestContext };
}

export function serve<F extends Fixture>(
  make: () => Promise<F>,
  { name = 'acme/zoo', ...options }: GitHubServerOptions & { name?: string } = {},
): Served<F> {
  let server: GitHubServer | undefined;
  let fixture: F | undefined;
  let backends: FsBackend[] = [];
  beforeAll(async () => {
    [server, fixture] = await Promise.all([startGitHubServer(options), make()]);
    server.addRepository(name, { gitDir: fixture.gitDir });
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    await fixture?.remove();
  });
  beforeEach(() => server?.reset());
  afterEach(async () => {
    server?.clearFaults();
    await Promise.all(backends.map((backend) => backend.close?.()));
    backends = [];
  });
  return {
    get server() {
      if (server === undefined) throw new Error('the server is not up');
      return server;
    },
    get fixture() {
      if (fixture === undefined) throw new Error('the fixture is not made');
      return fixture;
    },
    open(more = {}, context) {
      const opened = open({ repo: name, baseUrl: this.server.url, ...more }, context);
      backends.push(opened.backend);
      return opened;
    },
  };
}
