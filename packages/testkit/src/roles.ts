import { childrenOf, type FixtureNode, type FixtureTree } from './fixture-tree.ts';

/** A file of a tree that plays a part in a case. */
export interface RoleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Who plays which part. A tree of one's own may lack some: the cases then take the next best. */
export interface Roles {
  /** A small file with content. */
  readonly small: RoleFile;
  /** The largest file. */
  readonly large: RoleFile;
  readonly files: readonly RoleFile[];
  /** A directory; below the root where there is one. */
  readonly directory: string;
  /** The directory with the most names. */
  readonly wide: string;
  readonly symlink: { readonly path: string; readonly target: string } | undefined;
  /** The file whose content is changed. */
  readonly changing: RoleFile;
}

/** Casts a tree. @throws Error for one that holds no file with content: nothing could be tested. */
export function pickRoles(tree: FixtureTree): Roles {
  const files: RoleFile[] = [];
  const directories: string[] = [];
  let symlink: Roles['symlink'];
  for (const [path, node] of tree.nodes) {
    if (node.type === 'file') files.push({ path, bytes: node.bytes });
    else if (node.type === 'directory' && path !== '/') directories.push(path);
    else if (node.type === 'symlink') symlink ??= { path, target: node.target };
  }
  const bySize = files
    .filter(({ bytes }) => bytes.byteLength > 0)
    .toSorted((a, b) => a.bytes.byteLength - b.bytes.byteLength);
  const named = (path: string): RoleFile | undefined => files.find((file) => file.path === path);
  const small = named('/README.md') ?? bySize[0];
  const large = bySize.at(-1);
  const [directory = '/'] = directories;
  if (small === undefined || large === undefined) throw new Error('a fixture tree needs a file with content');
  const widths = new Map(directories.map((path) => [path, childrenOf(tree, path).size]));
  const wide = directories.toSorted((a, b) => (widths.get(b) ?? 0) - (widths.get(a) ?? 0))[0] ?? directory;
  return { small, large, files, directory, wide, symlink, changing: named('/live/changing.bin') ?? small };
}

/** Why a case of symlinks does not apply. */
export function lacksSymlinks({ symlink }: Roles): string | undefined {
  return symlink === undefined ? 'the tree has no symlinks' : undefined;
}

/** The type and content of a node, for messages. */
export function describeNode(node: FixtureNode): string {
  return node.type === 'file' ? `a file of ${node.bytes.byteLength} bytes` : `a ${node.type}`;
}
