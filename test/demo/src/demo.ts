import type { FileSystem } from '@mountkit/core';
import { mountkitBash } from '@mountkit/just-bash';
import { type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { startFaultServer } from '@mountkit/test-http-server';
import type { S3Server } from '@mountkit/test-s3-server';
import { load, type LoadedNamespace } from 'mountkit';
import { createFileSystem } from 'mountkit/github';
import { archiveName, credentials, type DemoBucket, serveBucket, tableName } from './bucket.ts';
import { readArchive, readTable } from './datasets.ts';
import { mountMeter } from './mount-meter.ts';
import { demoRepository } from './repository.ts';
import { createStage, type Outcome, type Stage } from './stage.ts';
import { oldestWith, type Truth, truthOf } from './truth.ts';

/** How the demo is run. */
export interface DemoOptions {
  /** The checkout whose history is shown. */
  readonly checkout: string;
  write(text: string): void;
  /** Called when the servers run and before anything is mounted: a test breaks them here. */
  readonly prepare?: (github: GitHubServer, s3: S3Server) => void;
}

const repo = 'demo/mountkit';
const word = 'mountkit';

/** Runs the demo. @returns the exit code: 0 only when every step gave the right bytes. */
export async function runDemo({ checkout, write, prepare }: DemoOptions): Promise<number> {
  const repository = await demoRepository(checkout);
  const [github, web, bucket] = await Promise.all([startGitHubServer(), startFaultServer(), serveBucket()]);
  try {
    github.addRepository(repo, { gitDir: repository.gitDir });
    prepare?.(github, bucket.server);
    const now = await truthOf(repository.gitDir, repository.head);
    const then = await truthOf(repository.gitDir, await oldestWith(repository.gitDir, repository.head, 'README.md'));
    for (const path of now.files.filter(isPage)) web.files.set(path, await now.content(path));

    let wholeBytes = now.sizeBytes;
    const meter = {
      reset: (): void => {
        github.reset();
        web.resetCounters();
      },
      read: () => ({
        requests: github.stats().requests + web.counters().requests,
        bytesMoved: github.stats().bytesSent + web.counters().bytesSent,
      }),
    };
    const stage = createStage(write, meter, () => wholeBytes);
    const stages = [stage];
    stage.say(
      `${repo}: ${repository.title} at ${short(now)}, ${now.files.length} files, behind a GitHub-compatible server;`,
    );
    stage.say(
      'its pages also behind a plain web server, and a bucket with two large files behind an S3-compatible one.\n',
    );
    const mounts = [
      `'/workspace': 'github:${repo}@${short(now)}'`,
      `'/ref': 'http://127.0.0.1/'`,
      `'/data': 's3://${bucket.name}'`,
    ];
    stage.say(`const fs = await load({ mounts: { ${mounts.join(', ')} } });`);
    const ns = await load({
      mounts: {
        '/workspace': { type: 'github', repo, ref: now.commit, baseUrl: github.url },
        '/ref': { type: 'http', url: web.url },
        '/data': { type: 's3', bucket: bucket.name, endpoint: bucket.server.url, credentials },
      },
    });
    try {
      const show = commands(stage, ns);
      await readRepository(show, now);
      await readWeb(show, now);
      await readBucket(ns, bucket, (size) => {
        const each = createStage(write, mountMeter(ns, '/data'), () => size, '>');
        stages.push(each);
        return each;
      });

      stage.say(`\nns.replace('/workspace', ...): the oldest revision that holds README.md, ${short(then)}`);
      await ns.replace('/workspace', await createFileSystem({ repo, ref: then.commit, baseUrl: github.url }));
      wholeBytes = then.sizeBytes;
      const first = await then.content('README.md');
      await show('cat /workspace/README.md', ({ stdout }) => first.equals(stdout));

      stage.say(`\nns.unmount('/workspace')`);
      await ns.unmount('/workspace');
      await show('ls /workspace', ({ exitCode, stderr }) => exitCode !== 0 && stderr.includes('No such file'));
    } finally {
      await ns.close();
    }
    const wrong = stages.reduce((sum, each) => sum + each.wrong, 0);
    stage.say(wrong === 0 ? '\nEvery step gave the right bytes.' : `\n${wrong} of the steps gave wrong bytes.`);
    return wrong === 0 ? 0 : 1;
  } finally {
    await Promise.all([github.close(), web.stop(), bucket.server.close()]);
    await repository.remove();
  }
}

type Show = (command: string, isRight: (outcome: Outcome) => boolean) => Promise<void>;

/** Runs commands in a shell over the mounts, on the stage. */
function commands(stage: Stage, namespace: LoadedNamespace): Show {
  const bash = mountkitBash({ namespace });
  const perform = async (command: string): Promise<Outcome> => {
    const pieces: Uint8Array[] = [];
    const { stderr, exitCode } = await bash.exec(command, { onStdout: (piece) => void pieces.push(piece) });
    return { stdout: Buffer.concat(pieces), stderr, exitCode };
  };
  return (command, isRight) => stage.show(command, () => perform(command), isRight);
}

async function readRepository(show: Show, truth: Truth): Promise<void> {
  const readme = await truth.content('README.md');
  await show('cat /workspace/README.md', ({ stdout }) => readme.equals(stdout));
  const paths = truth.files.map((path) => `/workspace/${path}`);
  await show('find /workspace -type f', ({ stdout }) => sameLines(stdout, paths));
  const directory = truth.files.some((path) => path.startsWith('packages/core/src/')) ? 'packages/core/src' : 'src';
  const found = (await truth.grep(word, directory)).map((line) => `/workspace/${line}`);
  // Twice: what was read once is not asked for again.
  await show(`grep -rn ${word} /workspace/${directory}`, ({ stdout }) => sameLines(stdout, found));
  await show(`grep -rn ${word} /workspace/${directory}`, ({ stdout }) => sameLines(stdout, found));
}

async function readWeb(show: Show, truth: Truth): Promise<void> {
  const pages = truth.files.filter((path) => isPage(path) && !path.includes('/'));
  await show('ls /ref | grep md', ({ stdout }) => sameLines(stdout, pages));
  const readme = await truth.content('README.md');
  await show('cat /ref/README.md', ({ stdout }) => readme.equals(stdout));
}

async function readBucket(
  fs: FileSystem,
  { table, archive }: DemoBucket,
  stageFor: (wholeBytes: number) => Stage,
): Promise<void> {
  await readTable(stageFor(table.bytes.length), fs, `/data/${tableName}`, table);
  await readArchive(stageFor(archive.bytes.length), fs, `/data/${archiveName}`, archive);
}

const isPage = (path: string): boolean => path.endsWith('.md');
const short = ({ commit }: Truth): string => commit.slice(0, 12);

function sameLines(stdout: Uint8Array, expected: readonly string[]): boolean {
  const lines = Buffer.from(stdout).toString().split('\n').slice(0, -1);
  return lines.toSorted().join('\n') === expected.toSorted().join('\n');
}
