import type { ObjectFormat } from '../protocol/open-session.ts';
import { BRANCH } from './clone-refs.ts';

/** `.git/config` as git writes it into a clone of `url` that is on `refName`. Both are without line ends. */
export function cloneConfig(format: ObjectFormat, url: string, refName: string): string {
  const lines = [
    '[core]',
    `\trepositoryformatversion = ${format === 'sha1' ? 0 : 1}`,
    '\tfilemode = true',
    '\tbare = false',
    ...(format === 'sha1' ? [] : ['[extensions]', `\tobjectformat = ${format}`]),
    '[remote "origin"]',
    `\turl = ${quoted(url)}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
  ];
  if (refName.startsWith(BRANCH)) {
    const name = refName.slice(BRANCH.length);
    lines.push(`[branch "${escaped(name)}"]`, '\tremote = origin', `\tmerge = ${quoted(refName)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** https://git-scm.com/docs/git-config#_syntax */
function quoted(value: string): string {
  const quote = /[;#]/.test(value) ? '"' : '';
  return quote + escaped(value) + quote;
}

function escaped(text: string): string {
  return text.replaceAll(/["\\]/g, '\\$&');
}
