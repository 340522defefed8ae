import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { catFile, type Change, type Fixture, generate, lsTree } from '@mountkit/test-github-server';
import { type Random, seededRandom } from './random.ts';

const run = promisify(execFile);

/** A repository with some commits, and what git itself has in each of them. */
export interface RepositoryHistory {
  readonly gitDir: string;
  /** Of files, without the leading slash, in any commit. */
  readonly paths: readonly string[];
  /** What the path is in each commit; undefined where it is not there. */
  contents(path: string): readonly (Buffer | undefined)[];
  /** Points `main` at a commit, by its place in the history. */
  show(commit: number): Promise<void>;
  readonly commits: number;
  remove(): Promise<void>;
}

const sizes = [0, 1, 130, 3_000, 40_000, 65_536, 70_000, 200_000];

function contentOf(path: string, serial: number, random: Random): string {
  const line = `${path} in its version ${String(serial).padStart(6, '0')}\n`;
  const size = random.pick(sizes);
  return line.repeat(Math.ceil(size / line.length)).slice(0, size);
}

/** Generates the repository: an archive of it lacks some of the files and has others that are changed; some are there in some commits only. */
export async function createRepositoryHistory(seed: number, commits: number): Promise<RepositoryHistory> {
  const random = seededRandom(seed);
  const paths = Array.from({ length: 36 }, (_, at) => `d${at % 3}/${at % 4 === 0 ? 'sub/' : ''}f${at}.txt`);
  let serial = 0;
  const changeOf = (path: string): Change => {
    serial += 1;
    return { path, mode: '100644', content: contentOf(path, serial, random) };
  };
  const fixture: Fixture = await generate(async (into) => {
    for (let commit = 0; commit < commits; commit += 1) {
      const changed = paths.filter(() => commit === 0 || random.chance(0.4));
      const changes = changed.map((path): Change =>
        commit > 0 && random.chance(0.2) ? { path, mode: 'delete' } : changeOf(path),
      );
      if (commit === 0) {
        changes.push(
          { path: '.gitattributes', mode: '100644', content: 'd1 export-ignore\n*7.txt export-subst\n' },
          { path: 'd0/subst7.txt', mode: '100644', content: 'Commit: $Format:%H$\n' },
        );
      }
      const mark = await into.commit({ ref: 'refs/heads/main', message: `${commit}\n`, changes });
      await into.ref(`refs/versions/${commit}`, mark);
    }
  });
  const byCommit: (readonly [oid: string, files: ReadonlyMap<string, Buffer>])[] = [];
  for (let commit = 0; commit < commits; commit += 1) {
    const ref = `refs/versions/${commit}`;
    const facts = (await lsTree(fixture.gitDir, ref)).filter(({ type }) => type === 'blob');
    const files = new Map<string, Buffer>();
    for (const { path, oid } of facts) files.set(path.toString(), await catFile(fixture.gitDir, oid));
    const { stdout } = await run('git', ['--git-dir', fixture.gitDir, 'rev-parse', ref]);
    byCommit.push([stdout.trim(), files]);
  }
  return {
    gitDir: fixture.gitDir,
    paths: [...new Set(byCommit.flatMap(([, files]) => [...files.keys()]))],
    contents: (path) => byCommit.map(([, files]) => files.get(path)),
    async show(commit) {
      const [oid = ''] = byCommit[commit] ?? [];
      await run('git', ['--git-dir', fixture.gitDir, 'update-ref', 'refs/heads/main', oid]);
    },
    commits,
    remove: fixture.remove,
  };
}
