/** A Content-Range of bytes (RFC 9110 section 14.4): half-open. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly total: number;
}

/** The range an answer claims to hold; undefined for anything that is not one range of bytes within a known total. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(value?.trim() ?? '');
  if (found === null) return undefined;
  const [start, end, total] = [Number(found[1]), Number(found[2]) + 1, Number(found[3])];
  return end <= start || end > total ? undefined : { start, end, total };
}

/** A length header; undefined where it is missing or no number. */
export function parseLength(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
}
