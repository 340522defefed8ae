import type { FaultEffect } from '../exchange.ts';
import { withoutHeaders } from '../exchange.ts';
import type { ValidatorFault } from '../fault.ts';
import type { FaultFile } from '../files.ts';

/** Effects of {@link ValidatorFault}s. Conditions are evaluated against the validators that are sent. */
export function validatorEffect(fault: ValidatorFault): FaultEffect {
  switch (fault.kind) {
    case 'validators':
      return withFile((file) => {
        switch (fault.send) {
          case 'weak-etag':
            return { ...file, etag: file.etag === null ? null : `W/${file.etag.replace(/^W\//, '')}` };
          case 'last-modified-only':
            return { ...file, etag: null };
          case 'etag-only':
            return { ...file, lastModifiedMs: null };
          case 'none':
            return { ...file, etag: null, lastModifiedMs: null };
        }
      });
    case 'racy':
      return withFile((file, nowMs) => ({ ...file, etag: null, lastModifiedMs: nowMs - (fault.ageMs ?? 0) }));
    case 'etag-flip':
      return withFile((file, _nowMs, turn) => ({ ...file, etag: `"flip-${turn}"` }));
    case 'replace':
      return {
        before: (exchange) => {
          const { file, files, turn } = exchange;
          if (turn !== fault.atTurn || file === undefined) return exchange;
          files.set(file.path, {
            bytes: fault.bytes,
            type: file.type,
            lastModifiedMs: file.lastModifiedMs,
            ...(fault.keepEtag === true || file.etag === null ? { etag: file.etag } : {}),
          });
          return { ...exchange, file: files.get(file.path) };
        },
      };
    case 'ignore-conditions':
      return {
        before: (exchange) => ({ ...exchange, headers: withoutHeaders(exchange.headers, ...fault.headers) }),
      };
  }
}

function withFile(change: (file: FaultFile, nowMs: number, turn: number) => FaultFile): FaultEffect {
  return {
    before: (exchange) =>
      exchange.file === undefined
        ? exchange
        : { ...exchange, file: change(exchange.file, exchange.nowMs, exchange.turn) },
  };
}
