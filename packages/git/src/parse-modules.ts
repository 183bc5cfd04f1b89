import type { ModuleSetting } from './submodule-rules.ts';

/**
 * The paths and URLs of a `.gitmodules`, as `git config` reads them; `undefined` where it is not plain enough to be sure of
 * that, or git would refuse it. https://git-scm.com/docs/git-config#_syntax
 */
export function parseModules(content: Uint8Array): ModuleSetting[] | undefined {
  const text = decode(content);
  if (text === undefined) return undefined;
  const settings: ModuleSetting[] = [];
  /** Of the section that the line is in; not one of a submodule: `undefined`. */
  let name: string | undefined;
  let isInSection = false;
  for (const line of text.split('\n')) {
    const parsed = parseLine(line);
    if (parsed === undefined) return undefined;
    if ('section' in parsed) {
      name = parsed.section === 'submodule' ? parsed.name : undefined;
      isInSection = true;
    } else if ('key' in parsed) {
      if (!isInSection) return undefined;
      const { key, value } = parsed;
      if (name !== undefined && (key === 'path' || key === 'url')) settings.push({ name, key, value });
    }
  }
  return settings;
}

type Line =
  | Record<never, never>
  | { readonly section: string; readonly name: string | undefined }
  | { readonly key: string; readonly value: string };

/** `[submodule "lib/a"]`; what follows on the same line is too rare to be read. */
const SECTION = /^\[([a-z0-9-]+)(?:[ ]+"((?:[^"\\]|\\["\\])*)")?\][ ]*(?:[#;].*)?$/i;
/** `path = lib/a`; a key without `=` is true, and no path. */
const SETTING = /^([a-z][a-z0-9-]*) *= *(.*)$/i;

function parseLine(line: string): Line | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#') || text.startsWith(';')) return {};
  const [section, kind = '', name] = SECTION.exec(text) ?? [];
  if (section !== undefined) return { section: kind.toLowerCase(), name: name?.replace(/\\(.)/g, '$1') };
  const [setting, key = '', written = ''] = SETTING.exec(text) ?? [];
  const value = setting === undefined ? undefined : parseValue(written);
  return value === undefined ? undefined : { key: key.toLowerCase(), value };
}

/** Without quotes, or in them as a whole; a comment may follow. Neither looks at a text more than once, as it may be megabytes long. */
const PLAIN = /^([^"\\#;]*)(?:[#;].*)?$/;
const QUOTED = /^"((?:[^"\\]|\\["\\])*)" *(?:[#;].*)?$/;

function parseValue(written: string): string | undefined {
  const [, plain] = PLAIN.exec(written) ?? [];
  if (plain !== undefined) return plain.trimEnd();
  const [, quoted] = QUOTED.exec(written) ?? [];
  return quoted?.replace(/\\(.)/g, '$1');
}

/** UTF-8 without characters that git and its versions treat in ways of their own. Tabs indent, and are nowhere else. */
function decode(content: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content).replace(/\r\n/g, '\n');
    const lines = text.split('\n').map((line) => line.replace(/^[\t ]+/, ''));
    return lines.some((line) => /[\p{Cc}]/u.test(line)) ? undefined : lines.join('\n');
  } catch {
    return undefined;
  }
}
