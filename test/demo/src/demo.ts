import { mountkitBash } from '@mountkit/just-bash';
import { type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { load } from 'mountkit';
import { createFileSystem } from 'mountkit/github';
import { demoRepository } from './repository.ts';
import { createStage, type Outcome } from './stage.ts';
import { oldestWith, type Truth, truthOf } from './truth.ts';

/** How the demo is run. */
export interface DemoOptions {
  /** The checkout whose history is shown. */
  readonly checkout: string;
  write(text: string): void;
  /** Called when the server runs and before anything is mounted: a test breaks it here. */
  readonly prepare?: (server: GitHubServer) => void;
}

const repo = 'demo/mountkit';
const word = 'mountkit';

/** Runs the demo. @returns the exit code: 0 only when every command gave the bytes that git has. */
export async function runDemo({ checkout, write, prepare }: DemoOptions): Promise<number> {
  const repository = await demoRepository(checkout);
  const server = await startGitHubServer();
  try {
    server.addRepository(repo, { gitDir: repository.gitDir });
    prepare?.(server);
    const now = await truthOf(repository.gitDir, repository.head);
    const then = await truthOf(repository.gitDir, await oldestWith(repository.gitDir, repository.head, 'README.md'));
    let shown: Truth = now;
    const stage = createStage(write, server, () => shown.sizeBytes);
    stage.say(
      `${repo}: ${repository.title} at ${short(now)}, ${now.files.length} files, behind a GitHub-compatible server.`,
    );
    stage.say(`load({ mounts: { '/workspace': { type: 'github', repo: '${repo}', ref: '${short(now)}' } } })`);

    const mount = { type: 'github', repo, ref: now.commit, baseUrl: server.url } as const;
    const namespace = await load({ mounts: { '/workspace': mount } });
    try {
      const bash = mountkitBash({ namespace });
      const shell = (script: string) => async (): Promise<Outcome> => {
        const pieces: Uint8Array[] = [];
        const { stderr, exitCode } = await bash.exec(script, { onStdout: (piece) => void pieces.push(piece) });
        return { stdout: Buffer.concat(pieces), stderr, exitCode };
      };
      const show = (command: string, isRight: (outcome: Outcome) => boolean): Promise<void> =>
        stage.show(command, shell(command), isRight);

      const readme = await now.content('README.md');
      await show('cat /workspace/README.md', ({ stdout }) => readme.equals(stdout));
      await show('find /workspace -type f', ({ stdout }) => sameLines(stdout, now.files.map(absolute)));
      const directory = now.files.some((path) => path.startsWith('packages/core/src/')) ? 'packages/core/src' : 'src';
      const found = (await now.grep(word, directory)).map(absolute);
      await show(`grep -rn ${word} /workspace/${directory}`, ({ stdout }) => sameLines(stdout, found));
      await show(`grep -rn ${word} /workspace/${directory}`, ({ stdout }) => sameLines(stdout, found));

      stage.say(`\nnamespace.replace('/workspace', ...): the oldest revision that holds README.md, ${short(then)}`);
      await namespace.replace('/workspace', await createFileSystem({ repo, ref: then.commit, baseUrl: server.url }));
      shown = then;
      const first = await then.content('README.md');
      await show('cat /workspace/README.md', ({ stdout }) => first.equals(stdout));

      stage.say(`\nnamespace.unmount('/workspace')`);
      await namespace.unmount('/workspace');
      await show('ls /workspace', ({ exitCode, stderr }) => exitCode !== 0 && stderr.includes('No such file'));
    } finally {
      await namespace.close();
    }
    stage.say(
      stage.wrong === 0
        ? '\nEvery command gave the bytes that git has.'
        : `\n${stage.wrong} of the commands gave wrong bytes.`,
    );
    return stage.wrong === 0 ? 0 : 1;
  } finally {
    await server.close();
    await repository.remove();
  }
}

const absolute = (path: string): string => `/workspace/${path}`;
const short = ({ commit }: Truth): string => commit.slice(0, 12);

function sameLines(stdout: Uint8Array, expected: readonly string[]): boolean {
  const lines = Buffer.from(stdout).toString().split('\n').slice(0, -1);
  return lines.toSorted().join('\n') === expected.toSorted().join('\n');
}
