import type { Answer, FaultEffect } from '../exchange.ts';
import { answerOf } from '../exchange.ts';
import type { RedirectFault } from '../fault.ts';

/** Effects of {@link RedirectFault}s. Chains and loops count in the query parameter `hop`. */
export function redirectEffect(fault: RedirectFault): FaultEffect {
  switch (fault.kind) {
    case 'redirect':
      return {
        after: (_answer, exchange) => {
          const location = fault.location
            .replaceAll('{url}', exchange.url.slice(0, -1))
            .replaceAll('{other}', exchange.otherUrl.slice(0, -1))
            .replaceAll('{path}', pathOf(exchange.target));
          return redirectTo(location, fault.status);
        },
      };
    case 'redirect-chain':
      return {
        after: (answer, exchange) => {
          const hop = hopOf(exchange.target);
          return hop >= fault.hops ? answer : redirectTo(`${pathOf(exchange.target)}?hop=${hop + 1}`, fault.status);
        },
      };
    case 'redirect-loop':
      return {
        after: (_answer, exchange) => {
          const next = (hopOf(exchange.target) + 1) % (fault.period ?? 1);
          return redirectTo(next === 0 ? pathOf(exchange.target) : `${pathOf(exchange.target)}?hop=${next}`, 302);
        },
      };
  }
}

function redirectTo(location: string, status = 302): Answer {
  return answerOf(status, { 'content-type': 'text/plain', location }, `see ${location}\n`);
}

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '/';
}

function hopOf(target: string): number {
  return Number(/[?&]hop=(\d+)/.exec(target)?.[1] ?? 0);
}
