import { ServiceError } from '../cloud/service.ts';

/**
 * A filter pattern of plain terms: `error timeout` (all), `?error ?warn` (any), `-debug` (not), `"two words"`.
 * JSON and space-delimited patterns throw InvalidParameterException.
 */
export function compileFilterPattern(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? '').trim();
  if (text === '') return () => true;
  if (/^[{[%]/.test(text)) {
    throw new ServiceError(
      'InvalidParameterException',
      'local-aws filters by plain terms only, not by JSON or columns.',
    );
  }
  const terms = [...text.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign, quoted, plain]) => ({
    sign,
    term: quoted ?? plain ?? '',
  }));
  const all = terms.filter(({ sign }) => sign === '');
  const any = terms.filter(({ sign }) => sign === '?');
  const none = terms.filter(({ sign }) => sign === '-');
  return (message) =>
    all.every(({ term }) => message.includes(term)) &&
    (any.length === 0 || any.some(({ term }) => message.includes(term))) &&
    !none.some(({ term }) => message.includes(term));
}
