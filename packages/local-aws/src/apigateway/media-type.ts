/** Whether a Content-Type or Accept value is one of an API's binary media types: `image/png`, `image/*`, or any. */
export function matchMediaType(binaryMediaTypes: readonly string[], value: string): boolean {
  const type = value.split(';')[0]?.trim().toLowerCase() ?? '';
  return binaryMediaTypes.some((each) => {
    const wanted = each.toLowerCase();
    if (wanted === '*/*' || wanted === type) return true;
    return wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1));
  });
}
