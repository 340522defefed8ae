import { Parser } from 'tar/parse';

/** Takes the bytes of a tar archive as they come. */
export interface TarReader {
  /** @throws {Error} for what is no tar archive. */
  write(chunk: Buffer): void;
  /** @throws {Error} where the archive is not at its end. */
  end(): void;
}

/** The parser unpacks what begins like gzip (RFC 1952) once more, within one call and to a thousand times its size: no name of an entry begins so. */
const gzipByte = 0x1f;

const fileTypes: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Reads a tar archive for the content of its files and the targets of its symlinks; their names are not looked at. Everything happens within `write`: an archive has
 * thousands of small entries, and a turn of the event loop for each of them would cost more than all the rest.
 *
 * @param onContent gets each in a buffer of its own; files of more than `mostFileBytes` are passed over.
 */
export function createTarReader(mostFileBytes: number, onContent: (content: Buffer) => void): TarReader {
  let failure: Error | undefined;
  let isAtEnd = false;
  let isBegun = false;
  const parser = new Parser({
    strict: true,
    brotli: false,
    zstd: false,
    onReadEntry(entry) {
      // A link has no content, whatever its header says.
      if (entry.type === 'SymbolicLink') onContent(Buffer.from(entry.linkpath ?? ''));
      if (!fileTypes.has(entry.type) || entry.size > mostFileBytes) {
        entry.resume();
        return;
      }
      const content = Buffer.allocUnsafeSlow(entry.size);
      let filled = 0;
      entry.on('data', (piece) => {
        content.set(piece, filled);
        filled += piece.length;
      });
      entry.on('end', () => {
        if (filled === entry.size) onContent(content);
      });
    },
  });
  parser.on('error', (error: Error) => (failure ??= error));
  parser.on('eof', () => (isAtEnd = true));

  function check(): void {
    if (failure !== undefined) throw failure;
  }
  return {
    write(chunk) {
      // The parser would keep what is behind the end.
      if (isAtEnd || chunk.length === 0) return;
      if (!isBegun && chunk[0] === gzipByte) throw new Error('this is no tar archive');
      isBegun = true;
      parser.write(chunk);
      check();
    },
    end() {
      parser.end();
      check();
      if (!isAtEnd) throw new Error('the archive is cut');
    },
  };
}
