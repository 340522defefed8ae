import { catFile, lsTree, type TreeFact } from '@mountkit/test-github-server';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What git says of one revision: the oracle every step of the demo is held against. */
export interface Truth {
  readonly commit: string;
  /** Bytes of all files together. */
  readonly sizeBytes: number;
  /** Paths of the regular files, in git's order. */
  readonly files: readonly string[];
  content(path: string): Promise<Buffer>;
  /** `path:line:text` for every line below `directory` that holds `word`. */
  grep(word: string, directory: string): Promise<readonly string[]>;
}

/** Asks git about `revision` of the repository in `gitDir`. */
export async function truthOf(gitDir: string, revision: string): Promise<Truth> {
  const facts = (await lsTree(gitDir, revision)).filter(({ mode }) => mode === '100644' || mode === '100755');
  const byPath = new Map<string, TreeFact>(facts.map((fact) => [fact.path.toString(), fact]));
  const content = async (path: string): Promise<Buffer> => {
    const fact = byPath.get(path);
    if (fact === undefined) throw new Error(`git has no ${path} at ${revision}`);
    return catFile(gitDir, fact.oid);
  };
  return {
    commit: revision,
    sizeBytes: facts.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0),
    files: [...byPath.keys()],
    content,
    async grep(word, directory) {
      const found: string[] = [];
      for (const path of [...byPath.keys()].filter((each) => each.startsWith(`${directory}/`))) {
        const lines = (await content(path)).toString().split('\n');
        for (const [index, line] of lines.entries())
          if (line.includes(word)) found.push(`${path}:${index + 1}:${line}`);
      }
      return found;
    },
  };
}

/** The oldest commit before `revision` whose tree holds `path`, along the first parents. */
export async function oldestWith(gitDir: string, revision: string, path: string): Promise<string> {
  const { stdout } = await run('git', [
    '--git-dir',
    gitDir,
    'rev-list',
    '--first-parent',
    '--reverse',
    revision,
    '--',
    path,
  ]);
  const [oldest = revision] = stdout.split('\n');
  return oldest;
}
