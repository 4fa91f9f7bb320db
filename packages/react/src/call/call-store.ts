import type { Call, MeetingEvent } from '@waterbus/client';

/**
 * A store of one part of a meeting, for React: it reads what the server has, follows the events of
 * the call, and has a new `state` after each change.
 */
export abstract class CallStore<State extends object, Arrival> {
  #call: Pick<Call, 'on'>;
  #state: State;
  #listeners = new Set<() => void>();
  #arrivals = new Set<(arrival: Arrival) => void>();

  protected constructor(call: Pick<Call, 'on'>, state: State) {
    this.#call = call;
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  /**
   * Follows the call until the returned function is called. `earlier`: events that arrived before,
   * while the caller loaded this code.
   */
  open(earlier: readonly MeetingEvent[] = []): () => void {
    for (const event of earlier) this.meetingEvent(event);
    const stops = [
      this.#call.on('meeting', (event) => this.meetingEvent(event)),
      // Events are not repeated after an interruption (R1).
      this.#call.on('connection', (connection) => connection === 'connected' && void this.read()),
    ];
    void this.read();
    return () => {
      for (const stop of stops) stop();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Called with what other people add from now on, not with what was there before. */
  onArrival(listener: (arrival: Arrival) => void): () => void {
    this.#arrivals.add(listener);
    return () => this.#arrivals.delete(listener);
  }

  /** Reads what the server has. Never rejects: the state shows a failure. */
  abstract read(): Promise<void>;

  protected abstract meetingEvent(event: MeetingEvent): void;

  protected set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  protected arrived(arrival: Arrival): void {
    for (const listener of this.#arrivals) listener(arrival);
  }
}
