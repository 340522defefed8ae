import { describe, expect, it } from 'vitest';
import { backendNames } from '../src/cli/backend-names.ts';

describe('the names of a new backend', () => {
  it.each([
    ['gitea', 'mountkit-gitea', 'gitea', 'gitea', 'Gitea', 'mountkit-gitea'],
    ['mountkit-my-store', 'mountkit-my-store', 'my-store', 'myStore', 'MyStore', 'mountkit-my-store'],
    ['@acme/gitea', '@acme/gitea', 'gitea', 'gitea', 'Gitea', 'gitea'],
    ['@acme/mountkit-gitea', '@acme/mountkit-gitea', 'gitea', 'gitea', 'Gitea', 'mountkit-gitea'],
    ['b2', 'mountkit-b2', 'b2', 'b2', 'B2', 'mountkit-b2'],
  ])('%s is the package %s with the type %s', (name, packageName, type, identifier, typeName, folder) => {
    expect(backendNames(name)).toEqual({ packageName, type, identifier, typeName, folder });
  });

  it.each(['', 'Gitea', '1a', 'a--b', 'a-', '-a', 'a/b', '../a', '@a/b/c', '@/a', 'a b', 'mountkit-', 'a_b', 'a\n'])(
    '%j is no name, and it is said which one is',
    (name) => {
      expect(backendNames(name)).toContain("as in 'gitea'");
    },
  );

  it.each(['github', 'http', 'https', 's3', 'memory', 'mountkit-github'])('%s is taken', (name) => {
    expect(backendNames(name)).toContain('comes with mountkit');
  });

  it('a name of a package has its limit', () => {
    expect(backendNames(`a${'b'.repeat(205)}`)).toContain('at most 214');
    expect(backendNames(`a${'b'.repeat(204)}`)).toMatchObject({ type: `a${'b'.repeat(204)}` });
  });
});
