/** A generator of numbers from 0 to 1 that begins the same in every run (Numerical Recipes' constants). */
export function seeded(): () => number {
  let state = 1;
  return () => {
    // Not by `*`, whose product has more bits than a number holds: it soon repeats itself.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
