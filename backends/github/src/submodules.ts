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

/** Path and URL of every submodule: the syntax of git-config(1) as far as gitmodules(5) needs it. */
export function parseModules(text: string): readonly { readonly path: string; readonly url: string }[] {
  const sections = text.split(/^[ \t]*\[submodule[ \t]+"(?:[^"\\]|\\.)*"\][ \t]*$/m).slice(1);
  return sections.flatMap((section) => {
    const own = section.split(/^[ \t]*\[/m, 1)[0] ?? '';
    const values = Object.fromEntries(
      Array.from(own.matchAll(/^[ \t]*(path|url)[ \t]*=[ \t]*(.*?)[ \t\r]*$/gm), ([, key, value]) => [
        key,
        unquoted(value ?? ''),
      ]),
    ) as { path?: string; url?: string };
    return values.path === undefined || values.url === undefined ? [] : [{ path: values.path, url: values.url }];
  });
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
}

// A URL that begins with './' or '../' is relative to the repository's own: gitmodules(5).
function absoluteUrl(url: string, base: string): string {
  return /^\.{1,2}\//.test(url) && URL.canParse(url, base) ? new URL(url, base).href : url;
}
