import { type ErrorCode, isErrorCode, isFsError, joinPath } from '@mountkit/core';
import type { Bench } from './bench.ts';
import { createFindings, type Findings } from './findings.ts';
import { describeError } from './probe.ts';

/** What a failed call may say. */
interface Expected {
  /** The case that tells of a wrong code. */
  readonly id: string;
  readonly codes: readonly ErrorCode[];
}

const absent: Expected = { id: 'errors.absent', codes: ['ENOENT'] };

/** Calls everything that has to fail and files each fault by its cause: another kind of error, a wrong code, a wrong path, a wrong advice. */
export function probeErrors(bench: Bench): Promise<Findings> {
  return bench.once('errors', async () => {
    const findings = createFindings();
    const view = await bench.view();
    const { backend } = view;
    const { small, directory, symlink } = bench.roles;
    const verbs = {
      stat: (path: string) => backend.stat(path, {}, {}),
      list: (path: string) => backend.list(path, {}, {}),
      read: (path: string) => bench.probe.read(backend, path),
    };

    const expect = async (verb: keyof typeof verbs, path: string, { id, codes }: Expected): Promise<void> => {
      const what = `${verb} '${path}'`;
      let error: unknown;
      try {
        error = await bench.probe.failure(what, () => verbs[verb](path));
      } catch (hung) {
        return findings.add(id, describeError(hung));
      }
      if (error === undefined) return findings.add(id, `${what} succeeds; it has to be ${codes.join(' or ')}`);
      if (!isFsError(error) || !isErrorCode(error.code)) {
        return findings.add('errors.kind', `${what} throws ${describeError(error)}, which is no FsError`);
      }
      if (!codes.includes(error.code)) {
        findings.add(id, `${what} is ${error.code}; it has to be ${codes.join(' or ')}`);
      } else if (error.retry !== 'never') findings.add('errors.final', `${what} says that it may be made again`);
      if (error.path !== view.at(path) && (bench.face !== 'raw' || error.path !== undefined)) {
        findings.add('errors.path', `${what} names the path '${error.path}', not '${view.at(path)}'`);
      }
    };

    const nothing = ['/does-not-exist', joinPath(directory, 'does-not-exist'), '/does-not-exist/below'];
    for (const path of nothing) for (const verb of ['stat', 'list', 'read'] as const) await expect(verb, path, absent);
    await expect('list', small.path, { id: 'errors.list-file', codes: ['ENOTDIR'] });
    await expect('read', directory, { id: 'errors.read-directory', codes: ['EISDIR'] });
    await expect('read', '/', { id: 'errors.read-directory', codes: ['EISDIR'] });
    for (const verb of ['stat', 'list', 'read'] as const) {
      await expect(verb, joinPath(small.path, 'below'), { id: 'errors.below-file', codes: ['ENOTDIR'] });
    }
    if (symlink !== undefined && bench.face !== 'mounted') {
      await expect('read', symlink.path, { id: 'errors.read-symlink', codes: ['ELOOP'] });
      const below = joinPath(symlink.path, 'below');
      await expect('stat', below, { id: 'errors.below-symlink', codes: ['ENOENT', 'ENOTDIR'] });
    }
    return findings;
  });
}
