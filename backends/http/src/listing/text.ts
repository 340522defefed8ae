/** A body as text, and how to get the bytes of a part of it back. */
export interface ListingText {
  readonly text: string;
  /** The bytes a piece of the text was made of. */
  bytesOf(piece: string): Uint8Array;
}

/**
 * Decodes a listing. A server that copies names as they are on its disk sends UTF-8 that is none: then each byte stands for one character, which JSON and XML survive, and
 * names get their bytes back.
 */
export function decodeListing(bytes: Uint8Array): ListingText {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, bytesOf: (piece) => new TextEncoder().encode(piece) };
  } catch {
    const parts: string[] = [];
    for (let start = 0; start < bytes.length; start += 8_192)
      parts.push(String.fromCharCode(...bytes.subarray(start, start + 8_192)));
    // A character beyond a byte came from an escape and means itself.
    return {
      text: parts.join(''),
      bytesOf: (piece) =>
        Uint8Array.from(
          Array.from(piece).flatMap((character) => {
            const code = character.charCodeAt(0);
            return code <= 0xff ? [code] : [...new TextEncoder().encode(character)];
          }),
        ),
    };
  }
}
