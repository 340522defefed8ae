/** Every real server and listing format that can be started. */
export const REAL_SERVER_KINDS = [
  'nginx-html',
  'nginx-json',
  'nginx-xml',
  'apache-plain',
  'apache-fancy',
  'apache-table',
  'apache-webdav',
  'lighttpd',
  'lighttpd-webdav',
  'caddy',
  'python',
  'rclone-http',
  'rclone-webdav',
] as const;

/** A real server together with the listing format it is configured for. Caddy chooses HTML or JSON by `Accept`. */
export type RealServerKind = (typeof REAL_SERVER_KINDS)[number];

/** Settings a server program is configured from. */
interface RealServerSettings {
  /** Absolute path of the directory served at `/`. */
  readonly root: string;
  /** Loopback port. */
  readonly port: number;
  /** Private directory for configuration, logs and state. */
  readonly home: string;
  /** Compress text on the way out when the client accepts it. */
  readonly gzip: boolean;
  /** `rounded` asks a server that can do both for sizes such as `49M`. */
  readonly listingSizes: 'exact' | 'rounded';
  /** Whether a WebDAV server accepts writes. */
  readonly writable: boolean;
}

/** Command line of a configured server that stays in the foreground. */
interface RealServerCommand {
  readonly args: readonly string[];
}

/** How one server program is found and configured. */
export interface RealServerProgram {
  /** Name of the program, without a directory. */
  readonly program: string;
  /** Arguments that print the version. */
  readonly versionArgs: readonly string[];
  /** The version inside what the program prints, first group. */
  readonly versionPattern: RegExp;
  /** Files that must exist beside the program, such as loadable modules. */
  readonly needs: readonly string[];
  /** Writes the configuration below `settings.home` and tells how to run it. */
  configure(settings: RealServerSettings): Promise<RealServerCommand>;
}
