import { PACK_LIMITS, type PackLimits } from '../limits.ts';

/**
 * What a clone may ask of this machine. An object of a history costs about 35 µs on one core, as it is mostly a small delta;
 * git's way has its fixed costs (checkout, deflating the pack once more), and then both cores. Measured with two: at 42,000
 * objects the pack's way took half of git's time and three fifths of its CPU, at 168,000 two thirds of both, and at 495,000 it
 * took a third more than git of either.
 */
export const CLONE_LIMITS: PackLimits = { ...PACK_LIMITS, maxObjects: 250_000 };
