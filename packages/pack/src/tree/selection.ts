/** Chosen folders and files of a tree. */
export interface Selection {
  /** Without slashes around: `services/api`. */
  readonly paths: readonly string[];
  /** `within`: chosen, with all below it; `above`: a folder on the way to such a one; else nothing of it is wanted. */
  readonly placeOf: (path: string) => 'within' | 'above' | undefined;
}

/** `undefined` where everything is wanted. */
export function selectPaths(paths: readonly string[]): Selection | undefined {
  if (paths.length === 0) return undefined;
  const within = new Set(paths);
  const above = new Set(paths.flatMap(foldersAbove));
  return {
    paths: [...within],
    placeOf: (path) => {
      if (within.has(path)) return 'within';
      return above.has(path) ? 'above' : undefined;
    },
  };
}

/** `a/b/c` lies in `a` and in `a/b`. */
export function foldersAbove(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
