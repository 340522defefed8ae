import { type CallContext, dirname, FsError } from '@mountkit/core';
import type { HttpAnswer } from './client.ts';
import type { Where } from './errors.ts';
import type { Site } from './site.ts';

// It takes what stands behind a file for its PATH_INFO (RFC 3875 section 4.1.5), and answers with the file; seen with 1.4.
const takesPathInfo = /^lighttpd\b/i;

/**
 * Sees to it that a file is not taken for another one above it: a server that answers `/file/x` with `/file` is asked once whether what is above is a directory.
 *
 * @throws {@link FsError} ENOTDIR where it is a file.
 */
export async function checkAbove(
  site: Site,
  path: string,
  answer: HttpAnswer,
  where: Where,
  context: CallContext,
): Promise<void> {
  const above = dirname(path);
  if (above === '/' || !takesPathInfo.test(answer.header('server') ?? '') || site.manners.isDirectory(above)) return;
  const url = site.urls.file(above);
  if (url === undefined) throw new FsError('ENOENT', where);
  try {
    const told = await site.client.send({ method: 'HEAD', url, route: 'stat', stopAtSlash: true }, where, context);
    told.body.discard();
    // A directory is led to its URL with a '/' at its end, whatever stands above it.
    if (!told.isDirectory) throw new FsError('ENOTDIR', where);
  } catch (error) {
    answer.body.discard();
    throw error;
  }
  site.manners.noteDirectory(above);
}
