import { type BackendDefinition, defineBackend } from '@mountkit/core';
import { createGitHubBackend } from './backend.ts';
import { githubJsonSchema, type GitHubOptions, githubSchema, settingsOf } from './options.ts';
import { parseShorthand } from './shorthand.ts';

export { createGitHubBackend } from './backend.ts';
export type { GitHubOptions, OctokitLike } from './options.ts';

/** The definition the loader knows as type 'github'. */
export const github: BackendDefinition<GitHubOptions> = defineBackend<GitHubOptions>({
  type: 'github',
  schema: githubSchema,
  jsonSchema: githubJsonSchema,
  secrets: ['/token'],
  shorthand: { schemes: ['github'], parse: parseShorthand },
  origins(options) {
    const { baseUrl, gitUrl } = settingsOf(options);
    return [...new Set([new URL(baseUrl).origin, new URL(gitUrl).origin])];
  },
  create: createGitHubBackend,
});
