import type { ListingEntry } from './dialect.ts';

const MTIME_MS = Date.UTC(2024, 0, 2);

function line(name: string, href: string, extra: Partial<ListingEntry> = {}): ListingEntry {
  return { name, href, directory: href.endsWith('/'), size: 7, mtimeMs: MTIME_MS, etag: '"hostile"', ...extra };
}

/**
 * Lines that no reader may take at face value. Formats with links carry `href`, those without carry `name`.
 *
 * @param host - Authority of the listing's own origin, such as `127.0.0.1:8080`.
 * @param otherUrl - Base URL of another origin, with a trailing slash.
 */
export function hostileEntries(host: string, otherUrl: string): readonly ListingEntry[] {
  return [
    line('../escape.txt', '../escape.txt'),
    line('../../etc/passwd', '../../etc/passwd'),
    line('..', '../'),
    line('.', './'),
    line('', ''),
    line('/absolute.txt', '/absolute.txt'),
    line('elsewhere.txt', `${otherUrl}elsewhere.txt`),
    line('scheme-relative.txt', `//${otherUrl.replace(/^https?:\/\//, '')}scheme-relative.txt`),
    line('nested/inside.txt', 'nested/inside.txt'),
    line('encoded/slash.txt', 'encoded%2Fslash.txt'),
    line('encoded/lower.txt', 'encoded%2flower.txt'),
    line('dots/..', 'dots%2F..'),
    line('..', '%2e%2e/'),
    line('.', '%2e'),
    line('..', '.%2E'),
    line('nul\0byte.txt', 'nul%00byte.txt'),
    line('back\\slash\\..\\..\\escape.txt', 'back\\slash\\..\\..\\escape.txt'),
    line('userinfo.txt', `http://user:secret@${host}/userinfo.txt`),
    line('userinfo-trick.txt', `http://${host}@evil.invalid/userinfo-trick.txt`),
    line('script', 'javascript:alert(1)'),
    line('data', 'data:text/plain,hello'),
    line('file', 'file:///etc/passwd'),
    line('mail', 'mailto:someone@example.invalid'),
    line('query.txt?token=1', 'query.txt?token=1'),
    line('fragment.txt#part', 'fragment.txt#part'),
    line('broken-%zz.txt', 'broken-%zz.txt'),
    line('\uFFFD.txt', '%ff%fe.txt'),
    line('huge-'.padEnd(5_000, 'x'), 'huge-'.padEnd(5_000, 'x')),
    line('256 bytes '.padEnd(256, 'y'), encodeURIComponent('256 bytes '.padEnd(256, 'y'))),
    line('twice.txt', 'twice.txt', { size: 1 }),
    line('twice.txt', 'twice.txt', { size: 2 }),
    line('twice-kinds', 'twice-kinds'),
    line('twice-kinds', 'twice-kinds/'),
    line('<img src=x onerror=alert(1)>', encodeURIComponent('<img src=x onerror=alert(1)>')),
    line('negative.txt', 'negative.txt', { size: -5 }),
    line('enormous.txt', 'enormous.txt', { size: 2 ** 60 }),
    line('__proto__', '__proto__'),
    line('constructor', 'constructor'),
  ];
}
