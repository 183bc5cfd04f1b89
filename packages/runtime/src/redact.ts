const HIDDEN = '***';

/** What a secret looks like wherever it stands: PEM keys, passwords in URLs, AWS secret parts, bearer tokens. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/(:\/\/)[^\s/@]+@/g, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic|token) [A-Za-z0-9+/=._-]{8,}/g, `$1 ${HIDDEN}`],
  [
    /((?:secret|session|access)[-_]?(?:access)?[-_]?(?:key|token)["']?\s*[:=]\s*["']?)[A-Za-z0-9+/=]{8,}/gi,
    `$1${HIDDEN}`,
  ],
];
const SECRET_NAME =
  /secret(?!s?(?:name|id|arn)$)|token|password|passphrase|privatekey|credential(?!s?secret$)|authorization|nonce/i;

/** Hides what looks like a secret in a text. The last net: code picks what it logs by name. */
export function redactText(text: string): string {
  return SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** The fields of a log line: values of names that sound secret are hidden, errors become code, message and cause. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : redactValue(value)]),
  );
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value instanceof Error) return describeError(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value === 'object' && value !== null) return redactFields(Object.fromEntries(Object.entries(value)));
  return value;
}

/** An error for a log line; the stack stays, because only bugs are logged with it. */
export function describeError(error: Error): Record<string, unknown> {
  const code: unknown = Reflect.get(error, 'code');
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    message: redactText(error.message),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}
