/** A refusal, answered as GitHub does: `{message, documentation_url, status}`. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    message: string,
    more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = more.headers ?? {};
    this.members = more.members ?? {};
  }
}

/** 404, for what does not exist and for what may not be known to exist. */
export function notFound(): ApiProblem {
  return new ApiProblem(404, 'Not Found');
}

/** 409 of every git route of a repository without a commit. */
export function emptyRepository(): ApiProblem {
  return new ApiProblem(409, 'Git Repository is empty.');
}
