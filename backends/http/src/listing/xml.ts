import { Parser } from 'htmlparser2';

/** What is told while XML is read; names are local ones, in lower case. */
export interface XmlEvents {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(data: string): void;
  /** @returns false to stop. */
  close(name: string): boolean;
}

// No listing nests like this, and closing tags are looked up among the open ones.
const mostNested = 64;

/** Reads XML. No entity but the five of XML and character references is known, so nothing is fetched and nothing grows. @returns whether it was closed properly. */
export function readXml(text: string, events: XmlEvents): boolean {
  let depth = 0;
  let goesOn = true;
  let isWhole = true;
  let isOver = false;
  const parser = new Parser(
    {
      onopentag(name, attributes): void {
        depth += 1;
        if (depth > mostNested) goesOn = false;
        if (goesOn) events.open(localName(name), attributes);
      },
      ontext(data): void {
        if (goesOn) events.text(data);
      },
      onclosetag(name, isImplied): void {
        depth -= 1;
        // Empty elements are closed by implication as well, but before the text is over.
        if (isImplied && isOver) isWhole = false;
        else if (goesOn) goesOn = events.close(localName(name));
      },
    },
    { xmlMode: true },
  );
  for (const piece of piecesOf(text)) {
    if (!goesOn) break;
    parser.write(piece);
  }
  isOver = true;
  parser.end();
  return isWhole && goesOn && depth === 0;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += 65_536) yield text.slice(start, start + 65_536);
}
