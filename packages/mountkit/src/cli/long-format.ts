import type { DirectoryEntry, Stat } from '@mountkit/core';

const typeLetters = { file: '-', directory: 'd', symlink: 'l' } as const;

/** `-rwxr-xr-x` for a stat, as ls(1) writes it. */
function modeText({ type, mode }: Pick<Stat, 'type' | 'mode'>): string {
  const bits = Array.from('rwxrwxrwx', (letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  return typeLetters[type] + bits.join('');
}

/** Nanoseconds since the epoch as `2026-01-31 12:00`, in UTC. */
function timeText(timeNs: bigint): string {
  return new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * A listing in columns: mode, size ('?' where it is not known, '~' before a rounded one), time, name and where a symlink points.
 *
 * @param shown how a name is written.
 */
export function longFormat(entries: readonly DirectoryEntry[], shown: (name: string) => string): string {
  const size = ({ sizeKind, size }: DirectoryEntry): string => {
    if (sizeKind === 'unknown') return '?';
    return sizeKind === 'estimate' ? `~${size}` : `${size}`;
  };
  const width = Math.max(0, ...entries.map((entry) => size(entry).length));
  return entries
    .map((entry) => {
      const target = entry.target === undefined ? '' : ` -> ${shown(entry.target)}`;
      return `${modeText(entry)} ${size(entry).padStart(width)} ${timeText(entry.mtimeNs)} ${shown(entry.name)}${target}\n`;
    })
    .join('');
}

/** What a stat says, as JSON: nanoseconds as decimal text, since they do not fit into a number. */
export function statJson(entry: DirectoryEntry): Record<string, unknown> {
  const { name, type, size, sizeKind, mode, mtimeNs, target, version, notes } = entry;
  return {
    name,
    type,
    size,
    sizeKind,
    mode: mode.toString(8).padStart(4, '0'),
    mtimeNs: String(mtimeNs),
    target,
    version: version?.token,
    notes,
  };
}
