import { json } from '../reply.ts';
import type { PlainRoute } from './route.ts';

/** `GET /rate_limit`, which costs nothing itself: https://docs.github.com/rest/rate-limit/rate-limit */
export const rateLimitRoute: PlainRoute = {
  name: 'rate-limit',
  origin: 'api',
  method: 'GET',
  metered: false,
  pattern: /^\/rate_limit$/,
  docs: 'rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user',
  async handle({ meter, principal }) {
    const { limit, used, remaining, reset } = meter.quota(principal);
    const core = { limit, used, remaining, reset, resource: 'core' };
    const unused = (resource: string, perWindow: number): object => ({
      limit: perWindow,
      used: 0,
      remaining: perWindow,
      reset,
      resource,
    });
    return json({
      resources: { core, search: unused('search', 30), graphql: unused('graphql', 5000) },
      rate: core,
    });
  },
};
