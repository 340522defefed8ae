import { type Bytes, encodeKey, segmentsOf } from '@mountkit/core';
import type { TreeNode } from './node.ts';
import type { GitHubSettings } from './options.ts';
import type { Tree } from './tree.ts';

/**
 * Puts the URLs of `.gitmodules` beside the commits the tree names. That file is not asked for to this end, as it would be a request of its own: the URLs show once
 * somebody has read it. Directories that are not loaded yet are left alone.
 */
export function learnSubmodules(
  tree: Tree,
  content: Bytes,
  { gitUrl, owner, name }: Pick<GitHubSettings, 'gitUrl' | 'owner' | 'name'>,
): void {
  for (const { path, url } of parseModules(Buffer.concat(content).toString('utf8'))) {
    let node: TreeNode | undefined = tree.root;
    for (const segment of segmentsOf(encodeKey(path))) {
      node = node?.type === 'directory' ? node.children?.get(segment) : undefined;
    }
    if (node?.type === 'submodule') node.url = absoluteUrl(url, `${gitUrl}/${owner}/${name}/`);
  }
}

/** Longer files are not looked at: no list of submodules is that long. */
const mostBytes = 1024 * 1024;

/** Path and URL of every submodule: the syntax of git-config(1) as far as gitmodules(5) needs it. Line by line, each looked at once: whoever wrote the file may mean harm. */
export function parseModules(text: string): readonly { readonly path: string; readonly url: string }[] {
  if (text.length > mostBytes) return [];
  const sections: { path?: string; url?: string }[] = [];
  let isOpen = false;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('[')) {
      isOpen = line.startsWith('[submodule');
      if (isOpen) sections.push({});
    }
    const equals = line.indexOf('=');
    const section = sections.at(-1);
    if (!isOpen || section === undefined || equals === -1) continue;
    const key = line.slice(0, equals).trimEnd();
    if (key === 'path' || key === 'url') section[key] = unquoted(line.slice(equals + 1).trimStart());
  }
  return sections.flatMap(({ path, url }) => (path === undefined || url === undefined ? [] : [{ path, url }]));
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : value;
}

// A URL that begins with './' or '../' is relative to the repository's own: gitmodules(5).
function absoluteUrl(url: string, base: string): string {
  return /^\.{1,2}\//.test(url) && URL.canParse(url, base) ? new URL(url, base).href : url;
}
