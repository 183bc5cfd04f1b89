/** A pattern that EventBridge would refuse, and why. */
export class PatternError extends Error {}
