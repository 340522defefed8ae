import { createSecret, type SchemaResult } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { github, type GitHubOptions } from '../src/index.ts';
import { settingsOf } from '../src/options.ts';
import { parseModules } from '../src/submodules.ts';

async function validate(options: unknown): Promise<SchemaResult<GitHubOptions>> {
  return github.schema['~standard'].validate(options);
}

describe('options', () => {
  it('take what is documented', async () => {
    const options = {
      repo: 'acme/zoo.js',
      ref: 'feature/a#b%20@c',
      path: '/docs',
      token: createSecret('t'),
      baseUrl: 'https://ghe.example/api/v3',
      gitUrl: 'https://ghe.example',
      mtime: 'epoch',
      limits: { concurrency: 4, pointsPerMinute: 100, reserve: 0, maxWaitMs: 0 },
    };
    expect(await validate(options)).toEqual({ value: options });
  });

  it.each([
    [{}, 'repo'],
    [{ repo: 'zoo' }, 'repo'],
    [{ repo: 'a/b/c' }, 'repo'],
    [{ repo: 'a/b', ref: 'main:src' }, 'ref'],
    [{ repo: 'a/b', ref: 'main..next' }, 'ref'],
    [{ repo: 'a/b', ref: '' }, 'ref'],
    [{ repo: 'a/b', path: 'docs' }, 'path'],
    [{ repo: 'a/b', token: 7 }, 'token'],
    [{ repo: 'a/b', token: 't', octokit: { request: () => undefined } }, 'token'],
    [{ repo: 'a/b', octokit: {} }, 'octokit'],
    [{ repo: 'a/b', baseUrl: 'ftp://x' }, 'baseUrl'],
    [{ repo: 'a/b', limits: { concurrency: 0 } }, 'limits'],
    [{ repo: 'a/b', limits: { burst: 1 } }, 'limits'],
  ])('refuse %j at %s', async (options, at) => {
    const result = await validate(options);
    expect(result.issues?.map(({ path }) => path?.[0])).toEqual([at]);
  });

  it('refuse what is not documented', async () => {
    expect((await validate({ repo: 'a/b', branch: 'main' })).issues?.[0]?.message).toContain('branch');
    expect((await validate({ repo: 'a/b', shallow: true })).issues).toHaveLength(1);
  });

  it('are described to editors', () => {
    expect(github.jsonSchema?.()).toMatchObject({
      type: 'object',
      required: ['repo'],
      additionalProperties: false,
      properties: { ref: { type: 'string' }, mtime: { enum: ['commit', 'epoch'] }, token: {} },
    });
  });

  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://ghe.example/api/v3', 'https://ghe.example'],
    ['https://ghe.example:8443/api/v3/', 'https://ghe.example:8443'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('derive from %s that git is at %s', (baseUrl, gitUrl) => {
    expect(settingsOf({ repo: 'a/b', baseUrl })).toMatchObject({ gitUrl });
    expect(github.origins({ repo: 'a/b', baseUrl })).toEqual([
      ...new Set([new URL(baseUrl).origin, new URL(gitUrl).origin]),
    ]);
  });

  it.each([
    ['https://api.github.com', 800],
    ['https://api.octocorp.ghe.com', 800],
    ['https://github.example.com/api/v3', Infinity],
    ['https://api.github.com.example.com', Infinity],
  ])('the API at %s is asked at most %s times a minute', (baseUrl, pointsPerMinute) => {
    expect(settingsOf({ repo: 'a/b', baseUrl }).limits).toMatchObject({ pointsPerMinute });
  });
});

describe('the short form', () => {
  it.each([
    ['github:everruns/bashkit', { repo: 'everruns/bashkit' }],
    ['github:a/b@main', { repo: 'a/b', ref: 'main' }],
    ['github:a/b@feature/x#1%20@y', { repo: 'a/b', ref: 'feature/x#1%20@y' }],
    ['github:a/b@v1:/docs', { repo: 'a/b', ref: 'v1', path: '/docs' }],
    ['github:a/b:/docs/a:b@c', { repo: 'a/b', path: '/docs/a:b@c' }],
  ])('%s', (source, options) => {
    expect(github.shorthand?.parse(source)).toEqual(options);
  });

  it.each(['github:', 'github:a', 'github:a/b/c', 'github:a/b@', 'github:a/b:docs', 'github:a/b@x:', 'gitlab:a/b'])(
    '%s is refused, with the form',
    (source) => {
      expect(() => github.shorthand?.parse(source)).toThrow('github:owner/repo[@ref][:/sub/path]');
    },
  );
});

describe('.gitmodules', () => {
  it('is read as git reads it', () => {
    const text = [
      '# comment',
      '[submodule "one"]',
      '\tpath = libs/one',
      '\turl = https://git.example/one.git',
      '[core]',
      '\tpath = no',
      '  [submodule "tw\\"o"]',
      'url="../two.git"',
      'path = "libs/two words"\r',
      '[submodule "without-url"]',
      'path = x',
    ].join('\n');
    expect(parseModules(text)).toEqual([
      { path: 'libs/one', url: 'https://git.example/one.git' },
      { path: 'libs/two words', url: '../two.git' },
    ]);
  });
});
