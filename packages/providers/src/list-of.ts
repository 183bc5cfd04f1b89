import * as z from 'zod/mini';

/**
 * A list that is refused at its first wrong element. `z.array` collects what is wrong with each: for a body of millions of
 * them more than a gigabyte, and at last an error of its own in place of a refusal.
 */
export function listOf<Element extends z.ZodMiniType>(element: Element): z.ZodMiniType<z.output<Element>[]> {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((items: unknown[], { issues }) => {
      const elements: z.output<Element>[] = [];
      for (const [index, item] of items.entries()) {
        const result = element.safeParse(item);
        if (!result.success) {
          // Two are enough to see what is wrong with it.
          const problems = result.error.issues.slice(0, 2);
          for (const { path, message } of problems) {
            issues.push({ code: 'custom', input: undefined, path: [index, ...path], message });
          }
          return z.NEVER;
        }
        elements.push(result.data);
      }
      return elements;
    }),
  );
}
