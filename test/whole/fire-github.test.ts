import { type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGitHubStorm, stormClock } from './fire/github-storm.ts';
import { createRepositoryHistory, type RepositoryHistory } from './fire/repository-history.ts';

const token = 'ghp_S3CR3Tc4n4ry';
// Each has found something once; they stand for the hundreds that were run by hand.
const seeds = [1, 3, 9];

describe('readers of a GitHub repository that moves, while GitHub fails', () => {
  let server: GitHubServer;
  let history: RepositoryHistory;

  beforeAll(async () => {
    history = await createRepositoryHistory(1, 4);
    server = await startGitHubServer({ tokens: [token], now: stormClock.now });
    server.addRepository('o/r', { gitDir: history.gitDir, private: true });
  });
  afterAll(async () => {
    await server.close();
    await history.remove();
  });

  it.each(seeds)(
    'get the bytes git has or a clear error, and leave nothing behind, seed %d',
    async (seed) => {
      expect(await runGitHubStorm({ server, history, token, seed, steps: 8 })).toEqual([]);
    },
    30_000,
  );
});
