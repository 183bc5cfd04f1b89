/** The names nearest to a missing one, best first: what a person may have meant. At most `limit`, none far off. */
export function nearNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = name.toLowerCase();
  const allowed = Math.max(2, Math.floor(wanted.length / 3));
  return candidates
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase(), allowed) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((left, right) => left.distance - right.distance || (left.candidate < right.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Edits between two words; a name that contains the other, or ends in it after a slash, counts as one. */
function distanceTo(wanted: string, candidate: string, allowed: number): number {
  if (candidate === wanted) return 0;
  if (candidate.endsWith(`/${wanted}`) || wanted.endsWith(`/${candidate}`)) return 1;
  if (Math.abs(candidate.length - wanted.length) > allowed) return Number.POSITIVE_INFINITY;
  return editDistance(wanted, candidate);
}

/** Levenshtein, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
