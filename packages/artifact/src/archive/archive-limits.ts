/** What an archive may cost before it is refused with `artifact/archive-too-large`. */
export interface ArchiveLimits {
  /** Files and links; folders are counted apart, to the same number. */
  readonly maxEntries: number;
  /** All contents together, unpacked. */
  readonly maxUnpackedBytes: number;
  /** Unpacked bytes for each packed one, over the whole archive, once it has `ratioFromBytes`. */
  readonly maxRatio: number;
  readonly ratioFromBytes: number;
  /** One path, top folder included. */
  readonly maxNameBytes: number;
  /** All paths together: they stay in memory until the end. */
  readonly maxNamesBytes: number;
  /** What may be kept of small contents until the end tells which of them are links' targets. */
  readonly maxKeptBytes: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  /** https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html: files in a zip of an S3 source. */
  maxEntries: 100_000,
  /** The disk of CodeBuild's smallest environments: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html. */
  maxUnpackedBytes: 64_000_000_000,
  /** Source code packs 3 to 10 times, logs 30; deflate ends at 1,032. */
  maxRatio: 200,
  /** Below this a high ratio is no danger: a generated file of zeros packs a thousandfold. */
  ratioFromBytes: 1024 * 1024 * 1024,
  /** Linux's PATH_MAX: a longer path cannot be unpacked. */
  maxNameBytes: 4_096,
  maxNamesBytes: 32 * 1024 * 1024,
  maxKeptBytes: 16 * 1024 * 1024,
};
