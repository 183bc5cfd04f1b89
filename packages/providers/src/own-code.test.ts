import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ARCHIVE_NAMES } from './archives.ts';
import { STATUS_NAMES } from './statuses.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What a file loads, directly or not: files of this package and other modules. Types load nothing. */
function loadedBy(file: string, found = new Set<string>()): Set<string> {
  if (found.has(relative(here, file))) return found;
  found.add(relative(here, file));
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*? from '([^']+)';/gm,
  )) {
    if (from.startsWith('.')) loadedBy(resolve(dirname(file), from), found);
    else found.add(from);
  }
  return found;
}

const files = [
  ...ARCHIVE_NAMES.map((provider) => [provider, 'archive.ts'] as const),
  ...STATUS_NAMES.map((provider) => [provider, 'status.ts'] as const),
];

describe.each(files)('%s/%s', (provider, file) => {
  it('loads no other provider, and no API client', () => {
    const loaded = [...loadedBy(resolve(here, provider, file))];

    const own = new RegExp(`^(?:${provider}/)?[\\w-]+\\.ts$`);
    const allowed = /^(?:@gitsource\/(?:events|runtime)|zod\/mini|node:\w+)$/;
    expect(loaded.filter((name) => !own.test(name) && !allowed.test(name))).toEqual([]);
    expect(loaded).toContain(`${provider}/auth.ts`);
  });
});
