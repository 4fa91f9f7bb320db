/**
 * The meaning of a report of the room: nothing new; a change that this side has to settle; or a
 * mute by another party, which the wanted state follows.
 */
export type Reported = 'known' | 'changed' | 'muted';

/** One of this side's own requests to pause or to resume. */
export interface PauseRequest {
  readonly paused: boolean;
  /** Another party changed the state before the answer. */
  isOverruled: boolean;
}

/**
 * Whether a producer is paused: the wanted state, and the confirmed state of the servers.
 *
 * The room reports each change once, in the order of its versions, without its author. The event of
 * an own request is recognised as the oldest pending request for that state; requests before it
 * changed nothing. An event without such a request is another party's. After a lost answer this
 * rule is ambiguous: then only the room's state decides (`found`), and events up to its version are
 * ignored.
 */
export class PauseState {
  /** The wanted state. */
  wanted: boolean;
  #confirmed = false;
  /** A failed request may have been carried out: the wanted state must be sent again. */
  #uncertain = false;
  #isInFlight = false;
  /** The states of requests without an answer: each may have been carried out, or not. */
  #lost = new Set<boolean>();
  /** Own requests whose events may still arrive, the oldest first. */
  #pending: PauseRequest[] = [];
  /** The version of the room up to which the confirmed state includes all changes. */
  #version = -1;

  constructor(wanted: boolean) {
    this.wanted = wanted;
  }

  /** As the servers have it, as far as this side knows. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  get settled(): boolean {
    return this.#confirmed === this.wanted && !this.#uncertain;
  }

  /** The producer begins in this state. */
  begin(paused: boolean): void {
    this.forget();
    this.#confirmed = paused;
  }

  /** Another producer carries the stream on; `paused`: the state with which it was requested. */
  replace(paused: boolean): void {
    // Another party may have paused it meanwhile: the replacement of a paused producer is paused.
    this.#confirmed ||= paused;
    this.#expectNothing();
  }

  /** Takes over the producer of a former publication. */
  follow({ confirmed }: PauseState): void {
    this.#confirmed = confirmed;
  }

  /** The servers have no producer. */
  forget(): void {
    this.#expectNothing();
    this.#uncertain = false;
  }

  /** The request for the wanted state, which is sent now. */
  request(): PauseRequest {
    const request = { paused: this.wanted, isOverruled: false };
    // Of several requests for one state, at most one causes an event.
    while (this.#pending.at(-1)?.paused === request.paused) this.#pending.pop();
    this.#pending.push(request);
    this.#isInFlight = true;
    this.#uncertain = true;
    return request;
  }

  failed(request: PauseRequest): void {
    this.#isInFlight = false;
    this.#lost.add(request.paused);
  }

  /** False: whether a request for the other state was carried out is only known from the room. */
  answered(request: PauseRequest): boolean {
    this.#isInFlight = false;
    if (this.#pending.includes(request) && !request.isOverruled) this.#confirmed = request.paused;
    if (this.#lost.has(!request.paused)) return false;
    this.#lost.clear();
    this.#uncertain = false;
    return true;
  }

  /** The room reports a change. */
  reported(paused: boolean, version: number): Reported {
    if (version <= this.#version) return 'known';
    const at = this.#pending.findIndex((request) => request.paused === paused);
    if (at < 0) return this.#overrule(paused);
    this.#pending.splice(0, at + 1);
    // A later request wants another state, which its answer confirms.
    if (this.#pending.length > 0 || paused === this.#confirmed) return 'known';
    this.#confirmed = paused;
    return this.#isInFlight ? 'known' : 'changed';
  }

  /** The room's state at this version. */
  found(paused: boolean, version: number): Reported {
    this.#pending = [];
    this.#lost.clear();
    this.#version = version;
    return paused === this.#confirmed ? 'known' : this.#overrule(paused);
  }

  #expectNothing(): void {
    this.#pending = [];
    this.#lost.clear();
    this.#version = -1;
  }

  #overrule(paused: boolean): Reported {
    for (const request of this.#pending) request.isOverruled = true;
    this.#confirmed = paused;
    if (!paused || this.wanted) return 'changed';
    this.wanted = true;
    return 'muted';
  }
}
