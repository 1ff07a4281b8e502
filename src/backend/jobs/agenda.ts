import type { Task } from './plan.ts';

/** Which tasks wait, which are under way, and which may begin. */
export class Agenda {
  readonly #waiting: Task[];
  /** Keys of results that are not there yet. */
  readonly #missing: Set<string>;
  /** In the order in which they began. */
  readonly underWay: Task[] = [];

  constructor(tasks: readonly Task[]) {
    this.#missing = new Set(tasks.map(({ key }) => key));
    // First what begins the longest chain of steps; of those, what most tasks wait for.
    const after = new Map(tasks.map(({ key }) => [key, { steps: 0, tasks: 0 }]));
    for (const { key, needs } of tasks.toReversed())
      for (const need of Object.values(needs).flat()) {
        const waiting = after.get(need);
        if (!waiting) continue;
        waiting.steps = Math.max(waiting.steps, after.get(key)!.steps + 1);
        waiting.tasks++;
      }
    const compare = (a: Task, b: Task) => {
      const [first, second] = [after.get(a.key)!, after.get(b.key)!];
      return second.steps - first.steps || second.tasks - first.tasks;
    };
    this.#waiting = tasks.toSorted(compare);
  }

  /** Tasks whose needs are all stored, the most pressing first. */
  ready(): Task[] {
    return this.#waiting.filter(
      ({ needs }) =>
        !Object.values(needs)
          .flat()
          .some((key) => this.#missing.has(key)),
    );
  }

  begin(task: Task): void {
    this.#waiting.splice(this.#waiting.indexOf(task), 1);
    this.underWay.push(task);
  }

  /** Puts a task that was begun back. */
  postpone(task: Task): void {
    this.underWay.splice(this.underWay.indexOf(task), 1);
    this.#waiting.push(task);
  }

  done(task: Task): void {
    this.underWay.splice(this.underWay.indexOf(task), 1);
    this.#missing.delete(task.key);
  }
}
