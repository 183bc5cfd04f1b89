import { PipelineTriggerError } from './errors.ts';

/** A pattern's texts between its wildcards: `src/*.ts` is `['src/', '.ts']`; one text alone has no wildcard. */
export type Wildcard = readonly string[];

/** A run of ordinary characters, an escaped star or backslash, a star, or what is none of them. */
const TOKEN = /[^*\\]+|\\[*\\]|\*|\\/g;

/**
 * Reads a pattern as EventBridge's `wildcard` does: `*` is any characters, also `/` and none; `\*` and `\\` are themselves.
 * Throws `pipeline-trigger/path-pattern-invalid` for `**` and for any other backslash.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
 */
export function parseWildcard(pattern: string): Wildcard {
  const texts = [''];
  let afterStar = false;
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token === '*') {
      if (afterStar) throw invalid(pattern, 'holds "**"; one * already stands for any characters, slashes too');
      texts.push('');
    } else if (token === '\\') {
      throw invalid(pattern, 'holds a backslash that is before neither * nor another backslash');
    } else {
      texts.push(`${texts.pop() ?? ''}${token.startsWith('\\') ? token.slice(1) : token}`);
    }
    afterStar = token === '*';
  }
  return texts;
}

function invalid(pattern: string, reason: string): PipelineTriggerError {
  const shown = JSON.stringify(pattern.slice(0, 200));
  return new PipelineTriggerError(
    'pipeline-trigger/path-pattern-invalid',
    `The path pattern ${shown} ${reason}. Correct it in the rule.`,
  );
}

/** Whether the whole text fits. Every text between two stars is taken where it first occurs, so nothing is tried twice. */
export function matchWildcard([start = '', ...others]: Wildcard, text: string): boolean {
  const end = others.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const between of others) {
    const found = text.indexOf(between, at);
    if (found < 0) return false;
    at = found + between.length;
  }
  return text.length - end.length >= at && text.endsWith(end);
}
