/** Limits of the CodePipeline API, from its published model and user guide (read 2026-11-21). */

/** `failureDetails.message`, in characters. */
export const MAX_FAILURE_MESSAGE_CHARACTERS = 5000;
/** `revisionSummary` and `executionDetails.summary`, in characters. */
export const MAX_SUMMARY_CHARACTERS = 2048;
/** `externalExecutionId`, in characters. */
export const MAX_EXTERNAL_EXECUTION_ID_CHARACTERS = 1500;
/** All output variables of one action, names and values, in bytes. */
export const MAX_OUTPUT_VARIABLES_BYTES = 122_880;
/** Jobs taken by one poll. The model names no maximum. */
export const POLL_BATCH_SIZE = 20;
/** Stands where the API wants at least one character and the commit has none. */
export const EMPTY_MESSAGE = '(no message)';
