/** The markers that GitHub, GitLab, Bitbucket, Gitea and Azure DevOps share, anywhere in a message, in any case. */
const MARKER = /\[(?:skip|no)[ -]ci\]|\[ci[ -]skip\]|\[(?:skip codepipeline|codepipeline skip)\]|\*\*\*no_ci\*\*\*/i;
/** https://docs.github.com/actions/managing-workflow-runs/skipping-workflow-runs */
const TRAILER = /^skip-checks:[ \t]*true[ \t]*$/im;

/** True where a commit message asks that nothing be built. */
export function matchSkipCi(message: string): boolean {
  return MARKER.test(message) || TRAILER.test(message);
}
