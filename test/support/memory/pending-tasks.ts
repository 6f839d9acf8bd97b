import { asPosition, type Position } from '../../../core/model/units.ts';
import type { Bus } from '../../../core/ports/bus.ts';
import type { Now } from '../../../core/ports/clock.ts';
import {
  type ClaimedTask,
  type PendingTask,
  type PendingTasks,
  parseTaskName,
  type Task,
  taskName,
} from '../../../core/ports/tasks.ts';

const LEASE_US = 10_000_000;
const REQUEUE_DELAY_US = 60_000_000;

interface TaskState {
  jobStartPosition: Position;
  /** A position; 0 if workers may not start the task. */
  ready: number;
  leases: number[];
}

/** The pending tasks of all spaces. Lease tokens work as in Redis, and each call is atomic, as a Lua script is. */
export class MemoryPendingTasks implements PendingTasks {
  readonly #tasks = new Map<string, TaskState>();
  #requeued: Array<{ space: string; name: string; jobStartPosition: Position; at: number }> = [];
  readonly #bus: Bus;
  readonly #now: Now;
  readonly #nextPosition: (space: string) => Position;

  /** `nextPosition` returns a position above all earlier ones. */
  constructor(bus: Bus, now: Now, nextPosition: (space: string) => Position) {
    this.#bus = bus;
    this.#now = now;
    this.#nextPosition = nextPosition;
  }

  async lease(space: string, tasks: readonly Task[]): Promise<PendingTask[]> {
    return tasks.map((task) => {
      const name = taskName(task);
      const { jobStartPosition, ready, leases } = this.#stateOf(space, name);
      const leaseToken = Math.max(this.#micros() + LEASE_US, ...leases.map((lease) => lease + 1));
      this.#save(space, name, { jobStartPosition, ready, leases: [...leases, leaseToken] });
      return { name, task, leaseToken };
    });
  }

  async markReady(space: string, pending: readonly PendingTask[]): Promise<void> {
    for (const { name, leaseToken } of pending) {
      const { jobStartPosition, ready, leases } = this.#stateOf(space, name);
      const others = leases.filter((lease) => lease !== leaseToken);
      this.#save(space, name, {
        jobStartPosition: ready === 0 && others.length === 0 ? this.#nextPosition(space) : jobStartPosition,
        ready: this.#nextPosition(space),
        leases: others,
      });
    }
  }

  async complete(space: string, { name, leaseToken }: PendingTask): Promise<boolean> {
    const { jobStartPosition, ready, leases } = this.#stateOf(space, name);
    this.#save(space, name, {
      jobStartPosition,
      ready: ready === leaseToken ? 0 : ready,
      leases: leases.filter((lease) => lease !== leaseToken),
    });
    if (this.#tasks.has(memberOf(space, name))) return false;
    await this.#bus.publish(space, { kind: 'completed', ids: [name] });
    return true;
  }

  async completeAll(space: string, pending: readonly PendingTask[]): Promise<void> {
    for (const each of pending) await this.complete(space, each);
  }

  async claim(space: string, name: string): Promise<ClaimedTask | null> {
    const { jobStartPosition, ready, leases } = this.#stateOf(space, name);
    const live = leases.filter((lease) => lease > this.#micros());
    const hasExpired = live.length < leases.length;
    const leaseToken = hasExpired ? this.#nextPosition(space) : ready;
    if (hasExpired)
      this.#requeued.push({ space, name, jobStartPosition, at: this.#micros() + REQUEUE_DELAY_US });
    this.#save(space, name, { jobStartPosition, ready: leaseToken, leases: live });
    return leaseToken === 0 ? null : { name, task: parseTaskName(name), leaseToken, jobStartPosition };
  }

  /** Names of the due tasks, those that have been due for longest first. */
  due(space: string): string[] {
    this.#requeueDue();
    return [...this.#tasks]
      .filter(([member]) => member.startsWith(`${space} `))
      .map(([member, { ready, leases }]) => ({ member, ready, due: Math.min(...leases) }))
      .filter(({ ready, due }) => ready > 0 || due <= this.#micros())
      .sort((left, right) => (left.ready || left.due) - (right.ready || right.due))
      .map(({ member }) => member.slice(space.length + 1));
  }

  /** Returns those of the names whose tasks are pending. */
  pendingNames(space: string, names: readonly string[]): string[] {
    return names.filter((name) => this.#tasks.has(memberOf(space, name)));
  }

  /** Names of all pending tasks, ready or leased. */
  all(space: string): string[] {
    return [...this.#tasks.keys()]
      .filter((member) => member.startsWith(`${space} `))
      .map((member) => member.slice(space.length + 1));
  }

  #requeueDue(): void {
    const now = this.#micros();
    const due = this.#requeued.filter(({ at }) => at <= now);
    this.#requeued = this.#requeued.filter(({ at }) => at > now);
    for (const { space, name, jobStartPosition } of due) {
      const known = this.#stateOf(space, name);
      this.#save(space, name, {
        ...known,
        jobStartPosition: asPosition(Math.min(jobStartPosition, known.jobStartPosition)),
        ready: this.#nextPosition(space),
      });
    }
  }

  #stateOf(space: string, name: string): TaskState {
    return (
      this.#tasks.get(memberOf(space, name)) ?? {
        jobStartPosition: this.#nextPosition(space),
        ready: 0,
        leases: [],
      }
    );
  }

  #save(space: string, name: string, state: TaskState): void {
    if (state.ready === 0 && state.leases.length === 0) this.#tasks.delete(memberOf(space, name));
    else this.#tasks.set(memberOf(space, name), state);
  }

  #micros(): number {
    return this.#now() * 1_000;
  }
}

const memberOf = (space: string, name: string): string => `${space} ${name}`;
