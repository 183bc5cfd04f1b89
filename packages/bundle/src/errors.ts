/** The app in the current folder cannot be bundled; the message names the file and the remedy. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}
