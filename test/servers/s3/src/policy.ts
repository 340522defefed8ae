import { S3Error } from './s3-error.ts';

/**
 * One statement of a bucket policy. What no statement speaks of is allowed to every credential the server knows, and denied to the
 * anonymous. A denial wins.
 */
export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  /** Access key ids; `*` is everybody, the anonymous too. */
  readonly principals: readonly string[];
  /** `s3:GetObject`, `s3:List*`, `s3:*`, ... */
  readonly actions: readonly string[];
  /** `bucket`, `bucket/key`, with `*` for anything. @default everything in the bucket */
  readonly resources?: readonly string[];
}

/** Everybody may read objects, nobody unknown may list: `public-read` of objects. */
export const publicRead: readonly PolicyStatement[] = [
  { effect: 'Allow', principals: ['*'], actions: ['s3:GetObject', 's3:GetObjectVersion'] },
];

/** Everybody may read and list. */
export const publicReadAndList: readonly PolicyStatement[] = [
  ...publicRead,
  { effect: 'Allow', principals: ['*'], actions: ['s3:ListBucket*', 's3:GetBucketLocation'] },
];

/** This credential may read objects but not list. */
export function withoutList(accessKeyId: string): readonly PolicyStatement[] {
  return [{ effect: 'Deny', principals: [accessKeyId], actions: ['s3:List*'] }];
}

/** Whether somebody may do something to `bucket` or `bucket/key`. */
export function isAllowed(
  policy: readonly PolicyStatement[],
  accessKeyId: string | undefined,
  action: string,
  resource: string,
): boolean {
  const meets = (statement: PolicyStatement): boolean =>
    statement.principals.some((one) => one === '*' || one === accessKeyId) &&
    statement.actions.some((one) => fits(one, action)) &&
    (statement.resources ?? ['*']).some((one) => fits(one, resource));
  const met = policy.filter(meets);
  if (met.some((statement) => statement.effect === 'Deny')) return false;
  return accessKeyId !== undefined || met.length > 0;
}

function fits(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (char) =>
    char === '*' ? '[^]*' : char === '?' ? '[^]' : `\\${char}`,
  );
  return new RegExp(`^${source}$`, 'i').test(text);
}

/**
 * Reads a policy document, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. A principal's ARN counts by its
 * last segment.
 *
 * @throws {S3Error} MalformedPolicy; NotImplemented for a condition
 */
export function parsePolicy(json: string): readonly PolicyStatement[] {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    throw new S3Error('MalformedPolicy');
  }
  const statements = listOf(fieldOf(document, 'Statement'));
  if (statements.length === 0) throw new S3Error('MalformedPolicy', { message: 'Missing required field Statement' });
  return statements.map((statement) => {
    const effect = fieldOf(statement, 'Effect');
    if (effect !== 'Allow' && effect !== 'Deny') throw new S3Error('MalformedPolicy', { message: 'Invalid effect' });
    if (fieldOf(statement, 'Condition') !== undefined) throw new S3Error('NotImplemented');
    const principal = fieldOf(statement, 'Principal');
    const principals = listOf(principal === '*' ? '*' : fieldOf(principal, 'AWS')).map(String);
    return {
      effect,
      principals: principals.map((one) => one.replace(/^arn:.*[/:]/, '')),
      actions: listOf(fieldOf(statement, 'Action')).map(String),
      resources: listOf(fieldOf(statement, 'Resource')).map((one) => String(one).replace(/^arn:aws:s3:::/, '')),
    };
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
