import { PACK_LIMITS, type PackLimits } from '../limits.ts';

/**
 * What a clone may ask of this machine. An object of a history costs about 35 µs on one core, as it is mostly a small delta;
 * git's way has fixed costs (checkout, deflating the pack once more), and then takes every core. CPU seconds of git's way and of
 * the pack's, on two cores: 5.1 and 2.4 with 42,000 objects, 10.5 and 6.3 with 168,000, 16.7 and 18.0 with 495,000. They meet
 * above 400,000; git ends sooner before that, and an object takes 400 bytes of memory.
 */
export const CLONE_LIMITS: PackLimits = { ...PACK_LIMITS, maxObjects: 250_000 };
