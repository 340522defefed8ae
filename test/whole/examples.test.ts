import { type Fixture, generate, type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from './packed-consumer.ts';
import { wideTable } from './wide-table.ts';

const run = promisify(execFile);

const pages = [
  join(checkout, 'README.md'),
  ...['packages', 'backends'].flatMap((room) =>
    readdirSync(join(checkout, room)).map((name) => join(checkout, room, name, 'README.md')),
  ),
];

interface Example {
  readonly title: string;
  readonly code: string;
}

function examplesOf(page: string): Example[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```(?:js|ts)\n([\s\S]*?)^```/gm);
  return Array.from(blocks, ([, code = ''], index) => ({
    title: `${relative(checkout, page)}, example ${index + 1}`,
    code,
  }));
}

/** The examples name GitHub itself and a web server; here the same content stands on loopback, with a token that is known there. */
function onLoopback(code: string): string {
  return code
    .replaceAll(/(repo: 'owner\/(?:repo|name)')/g, '$1, baseUrl: process.env.ORIGIN')
    .replaceAll(/url: 'https:\/\/host\/dir\/'(, network: 'public-only')?/g, 'url: process.env.WEB')
    .replaceAll(/(type: 's3', )/g, '$1endpoint: process.env.S3, ')
    .replaceAll(/'(github:owner\/[^']+)'/g, "{ source: '$1', baseUrl: process.env.ORIGIN }");
}

describe('the examples of the READMEs run', () => {
  let server: GitHubServer;
  let web: FaultServer;
  let s3: S3Server;
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await generate(async (into) => {
      const commit = await into.commit({
        ref: 'refs/heads/main',
        message: 'A repository as the examples want it\n',
        changes: ['README.md', 'src/index.ts', 'docs/guide.md'].map((path) => ({
          path,
          mode: '100644',
          content: `# ${path}\n`,
        })),
      });
      await into.ref('refs/heads/next', commit);
    });
    server = await startGitHubServer({ tokens: ['example-token'] });
    s3 = await startS3Server();
    const bucket = s3.createBucket('my-bucket');
    bucket.put('datasets/README.md', 'hello\n');
    bucket.put('datasets/table.parquet', wideTable({ columns: 3, rowGroups: 2, rows: 1_000 }).content);
    web = await startFaultServer({ files: { 'README.md': '# A page\n' } });
    for (const name of ['owner/repo', 'owner/name']) server.addRepository(name, { gitDir: fixture.gitDir });
  });
  afterAll(async () => {
    await web.stop();
    await s3.close();
    await server.close();
    await fixture.remove();
  });

  it.each(pages.flatMap(examplesOf))('$title', async ({ code }) => {
    const aws = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'testsecret', AWS_REGION: 'us-east-1' };
    const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    const env = {
      ...process.env,
      ...aws,
      ...quiet,
      ORIGIN: server.url,
      WEB: web.url,
      S3: s3.url,
      GITHUB_TOKEN: 'example-token',
    };
    // From here every package can be imported by its name, as in a project that has installed them.
    const cwd = join(checkout, 'test', 'whole');
    await expect(
      run(process.execPath, ['--input-type=module', '-e', onLoopback(code)], { cwd, env }),
    ).resolves.toMatchObject({
      stderr: '',
    });
  });

  it('every package has a page', () => {
    expect(pages.map((page) => readFileSync(page, 'utf8').length > 200)).not.toContain(false);
  });
});
