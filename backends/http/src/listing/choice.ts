/** How directories may be listed, by option. 'auto' knows all the forms of web servers by their looks. */
export const listingChoices = [
  'auto',
  'nginx-html',
  'nginx-json',
  'nginx-xml',
  'apache',
  'lighttpd',
  'caddy-json',
  'caddy-html',
  'python',
  'rclone',
  'webdav',
  'huggingface',
  'manifest',
  'sha256sum',
  'none',
] as const;

/** Name of a way to list. */
export type ListingChoice = (typeof listingChoices)[number];
