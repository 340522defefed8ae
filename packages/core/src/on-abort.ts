/** Who follows a signal. A signal that has gone takes its followers with it; nothing else is kept here. */
const followersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `follower` once when `signal` fires, at once when it has fired already. However many follow it, the signal has one listener: a mount's own signal is followed by
 * every call under way, and runtimes take more than ten listeners for a leak.
 *
 * @returns a function that stops following. With the last follower the listener goes.
 */
export function onAbort(signal: AbortSignal, follower: () => void): () => void {
  if (signal.aborted) {
    follower();
    return () => undefined;
  }
  const followers = followersOf.get(signal) ?? follow(signal);
  // A wrapper of its own: the same function may follow twice.
  const called = (): void => follower();
  followers.add(called);
  return () => followers.delete(called) && followers.size === 0 && unfollow(signal);
}

function follow(signal: AbortSignal): Set<() => void> {
  const followers = new Set<() => void>();
  followersOf.set(signal, followers);
  signal.addEventListener('abort', fire, { once: true });
  return followers;
}

function unfollow(signal: AbortSignal): void {
  followersOf.delete(signal);
  signal.removeEventListener('abort', fire);
}

function fire(this: AbortSignal): void {
  const followers = followersOf.get(this);
  followersOf.delete(this);
  for (const called of followers ?? []) called();
}
