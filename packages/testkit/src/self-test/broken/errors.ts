import { errorAt, errorWith, FsError, isFsError, isNotModified } from '@mountkit/core';
import type { PlantedFault } from '../fault.ts';
import { sampleSecret } from '../origin.ts';
import { changeErrors } from '../wrap.ts';

function recoded(from: FsError['code'], to: FsError['code']): NonNullable<PlantedFault['plant']> {
  return (correct) =>
    changeErrors(correct, (error, path, op) =>
      isFsError(error) && error.code === from ? new FsError(to, { op, path }) : error,
    );
}

/** Mistakes in what is thrown. */
export const brokenErrors: readonly PlantedFault[] = [
  { name: 'takes an outage for a deletion', firstFailure: 'errors.outage', plant: recoded('EIO', 'ENOENT') },
  { name: 'takes a refusal for an absence', firstFailure: 'errors.denied', plant: recoded('EACCES', 'ENOENT') },
  { name: 'says EACCES for what is not there', firstFailure: 'errors.absent', plant: recoded('ENOENT', 'EACCES') },
  { name: 'says EIO for reading a directory', firstFailure: 'errors.read-directory', plant: recoded('EISDIR', 'EIO') },
  {
    name: 'says ENOENT for all that is below a file',
    firstFailure: 'errors.list-file',
    plant: recoded('ENOTDIR', 'ENOENT'),
  },
  {
    name: 'lists what is not there as empty',
    firstFailure: 'errors.absent',
    plant: (correct) => ({
      ...correct,
      list: (path, request, context) =>
        path === '/does-not-exist' ? { entries: [] } : correct.list(path, request, context),
    }),
  },
  {
    name: 'says ENOENT for what is below a file',
    firstFailure: 'errors.below-file',
    plant: (correct) =>
      changeErrors(correct, (error, path, op) =>
        path.endsWith('.md/below') ? new FsError('ENOENT', { op, path }) : error,
      ),
  },
  {
    name: 'says ELOOP for what is below a symlink',
    firstFailure: 'errors.below-symlink',
    plant: (correct) =>
      changeErrors(correct, (error, path, op) =>
        path.startsWith('/links/to-file/') ? new FsError('ELOOP', { op, path }) : error,
      ),
  },
  {
    name: 'gives a file as a listing of itself',
    firstFailure: 'errors.list-file',
    plant: (correct) => ({
      ...correct,
      list: async (path, request, context) => {
        if (path !== '/README.md') return correct.list(path, request, context);
        const entry = await correct.stat(path, {}, context);
        return { entries: isNotModified(entry) ? [] : [{ ...entry, path: 'README.md' }] };
      },
    }),
  },
  {
    name: 'reads what a symlink leads to',
    firstFailure: 'errors.read-symlink',
    plant: (correct) => ({
      ...correct,
      read: (path, request, context) => correct.read(path === '/links/to-file' ? '/README.md' : path, request, context),
    }),
  },
  {
    name: 'throws errors of its own',
    firstFailure: 'errors.kind',
    plant: (correct) =>
      changeErrors(correct, (error, path, verb) =>
        isFsError(error) && error.code === 'EISDIR' && verb === 'read' ? new Error(`404 for ${path}`) : error,
      ),
  },
  {
    name: 'throws the errors of the origin with a code',
    firstFailure: 'errors.kind',
    plant: (correct) =>
      changeErrors(correct, (error, _, verb) =>
        isFsError(error) && verb === 'list' && error.code === 'ENOTDIR'
          ? Object.assign(new Error('x'), { code: 'ENOTDIR' })
          : error,
      ),
  },
  {
    name: "names the origin's key in errors",
    firstFailure: 'errors.path',
    plant: (correct) =>
      changeErrors(correct, (error, path) => (isFsError(error) ? errorAt(error, `bucket${path}`) : error)),
  },
  {
    name: 'wants an absence asked for again',
    firstFailure: 'errors.final',
    plant: (correct) =>
      changeErrors(correct, (error) =>
        isFsError(error) && error.code === 'ENOENT' ? errorWith(error, { retry: 'safe' }) : error,
      ),
  },
  {
    name: 'does not want an outage asked for again',
    firstFailure: 'errors.outage-retry',
    plant: (correct) =>
      changeErrors(correct, (error) =>
        isFsError(error) && error.code === 'EIO' ? errorWith(error, { retry: 'never' }) : error,
      ),
  },
  {
    name: 'gives no reason for an outage',
    firstFailure: 'errors.outage-reason',
    plant: (correct) =>
      changeErrors(correct, (error, path, op) =>
        isFsError(error) && error.code === 'EIO' ? new FsError('EIO', { op, path, retry: 'safe' }) : error,
      ),
  },
  {
    name: 'remembers a failure',
    firstFailure: 'errors.recovery',
    plant: (correct) => {
      const failures = new Map<string, unknown>();
      return {
        ...correct,
        read: async (path, request, context) => {
          if (failures.has(path)) throw failures.get(path);
          try {
            return await correct.read(path, request, context);
          } catch (error) {
            if (isFsError(error) && error.code === 'EIO') failures.set(path, error);
            throw error;
          }
        },
      };
    },
  },
  {
    name: 'says its credential in a message',
    firstFailure: 'secrets.errors',
    plant: (correct) =>
      changeErrors(correct, (error) =>
        isFsError(error) && error.code === 'EIO' ? errorWith(error, { detail: `GET /?token=${sampleSecret}` }) : error,
      ),
  },
  {
    name: 'gives its authorization for the id of a request',
    firstFailure: 'secrets.errors',
    plant: (correct) =>
      changeErrors(correct, (error) =>
        isFsError(error) && error.code === 'EIO'
          ? errorWith(error, { requestId: `Basic ${Buffer.from(sampleSecret).toString('base64')}` })
          : error,
      ),
  },
];
