// A name that no path can express is told like a path all the same, from '/' on. It is text: nothing in it is resolved, so '..' and '//' stay what they are.

/** A name as told by what is mounted at `at`, for whoever sees the mount. */
export function namePutAt(name: string, at: string): string {
  return at === '/' ? rooted(name) : at + rooted(name);
}

/** The names that lie below `root`, as seen from there. */
export function namesBelow(names: readonly string[], root: string): readonly string[] {
  const all = names.map(rooted);
  return root === '/' ? all : all.filter((name) => name.startsWith(`${root}/`)).map((name) => name.slice(root.length));
}

function rooted(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}
