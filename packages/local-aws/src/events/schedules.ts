import type { Cloud } from '../cloud/cloud.ts';
import type { RuleRecord } from './rule-record.ts';
import { parseSchedule } from './schedule.ts';

/** Node's timers overflow past this; a later run is looked at again then. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One timer for each enabled rule with a schedule. */
export class Schedules {
  readonly #cloud: Cloud;
  readonly #fire: (rule: RuleRecord) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(cloud: Cloud, fire: (rule: RuleRecord) => void) {
    this.#cloud = cloud;
    this.#fire = fire;
  }

  /** Starts, restarts or ends the timer of a rule that changed. */
  update(rule: RuleRecord): void {
    this.remove(rule);
    if (!rule.isEnabled || rule.schedule === undefined) return;
    const delayMs = parseSchedule(rule.schedule)?.(this.#cloud.now()) ?? Number.POSITIVE_INFINITY;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(
      () => {
        if (delayMs <= MAX_TIMER_MS) this.#fire(rule);
        this.update(rule);
      },
      Math.min(delayMs, MAX_TIMER_MS),
    );
    this.#timers.set(rule.arn, timer.unref());
  }

  remove(rule: RuleRecord): void {
    clearTimeout(this.#timers.get(rule.arn));
    this.#timers.delete(rule.arn);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
