import type { Case } from '../case.ts';
import { lacksSymlinks } from '../roles.ts';
import { walkTree } from '../tree-walk.ts';

function walked(id: string, says: string, more: Partial<Case> = {}): Case {
  return { id, says, run: async (bench) => (await walkTree(bench)).findings.none(id), ...more };
}

/** One walk over the whole tree; each case tells of one kind of fault, and of all faults of that kind. */
export const treeCases: readonly Case[] = [
  walked('walk.answers', 'Whatever the origin holds can be listed, stated and read.'),
  walked('walk.body', 'A body is made of bytes and comes to an end.'),
  walked('list.names', "A listing gives plain names: no '/', no '.', no '..', nothing empty."),
  walked('list.cursor', 'The pages of a listing come to an end; no cursor leads back.'),
  walked('list.once', 'Each name comes once over all pages.'),
  walked('list.complete', 'A listing is complete: every name is in it.'),
  walked('list.nothing-else', 'A listing holds nothing that the origin does not.'),
  walked('walk.type', 'Every route gives a path the same type, the true one.'),
  walked('walk.size-list', 'An exact size in a listing is the number of bytes that reading gives.'),
  walked('walk.size-stat', 'An exact size of stat is the number of bytes that reading gives.'),
  walked('walk.size-read', 'An exact size in the answer to a read is the number of bytes in the file.'),
  walked('walk.content', 'Reading a file as a whole gives its bytes.'),
  walked('walk.own-path', "The entry of stat and read has the path '': it is the thing asked for itself."),
  walked('walk.time', 'Times are bigints: nanoseconds since 1970.'),
  walked('walk.mode', 'Permission bits, where they are given, are the true ones.'),
  walked('walk.target', 'A symlink points where it was made to point.', {
    applies: ({ symlinks }) => symlinks,
    lacks: lacksSymlinks,
  }),
  walked('walk.digest', 'A digest is the hash of the bytes of the file.'),
  walked('walk.agreement', 'Listing, stat and read tell the same of one path.'),
  walked('names.listed', 'Odd names are listed as they are.'),
  walked('names.answers', 'What has an odd name can be stated and read.'),
  walked('names.content', 'What has an odd name is not taken for another file.'),
];
