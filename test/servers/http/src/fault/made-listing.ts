import { huggingFacePage } from '../listing/hugging-face.ts';
import { indexManifest, sha256sumList } from '../listing/manifest.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerOf } from './exchange.ts';
import type { FaultFile } from './files.ts';
import { strongEtag } from './files.ts';
import { honestAnswer } from './honest.ts';
import type { MadeListing } from './target.ts';

const DEFAULT_PAGE = 1_000;

/** What a correct server says about a listing of the whole store. */
export function madeListingAnswer(exchange: Exchange, made: MadeListing): Answer {
  switch (made.kind) {
    case 'manifest':
      return honestAnswer({ ...exchange, file: fileOf(exchange, indexManifest(exchange.files), 'application/json') });
    case 'sha256sum':
      return honestAnswer({ ...exchange, file: fileOf(exchange, sha256sumList(exchange.files), 'text/plain') });
    case 'hugging-face': {
      const query = new URLSearchParams(made.query);
      const page = huggingFacePage(exchange.files, made.directory, {
        recursive: query.get('recursive') === 'true',
        expand: query.get('expand') === 'true',
        limit: Number(query.get('limit') ?? DEFAULT_PAGE),
        cursor: Number(query.get('cursor') ?? 0),
      });
      const type = { 'content-type': 'application/json; charset=utf-8' };
      if (page === undefined) return answerOf(404, type, '{"error":"does not exist"}');
      if (page.nextCursor === undefined) return answerOf(200, type, page.body);
      query.set('cursor', `${page.nextCursor}`);
      const next = new URL(`?${query.toString()}`, new URL(exchange.target, exchange.url));
      return answerOf(200, { ...type, link: `<${next.href}>; rel="next"` }, page.body);
    }
  }
}

function fileOf(exchange: Exchange, text: string, type: string): FaultFile {
  const bytes = new Uint8Array(Buffer.from(text, 'utf8'));
  return { path: exchange.path, bytes, type, etag: strongEtag(bytes), lastModifiedMs: Date.UTC(2024, 0, 1) };
}
