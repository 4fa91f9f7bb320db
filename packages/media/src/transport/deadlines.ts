// Hot path: no allocation per packet (only when more sessions are open than ever before).

/** The latest wake-up time of each session's transport: a binary heap with the earliest on top. */
export class Deadlines {
  /** Sessions in heap order, of which the first `count` are in use. */
  private heap = new Int32Array(FIRST_SESSIONS);
  /** By session: its time, milliseconds, and its index in the heap, -1 for none. */
  private times = new Float64Array(FIRST_SESSIONS);
  private places = new Int32Array(FIRST_SESSIONS).fill(-1);
  private count = 0;

  /** `Infinity` when there is none. */
  get earliest(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.times[this.heap[0]!]!;
  }

  /** The session of the earliest; -1 when there is none. */
  get first(): number {
    return this.count === 0 ? -1 : this.heap[0]!;
  }

  /**
   * Wakes a session at this time at the latest. A time later than the present one changes nothing.
   */
  wakeAt(session: number, time: number): void {
    if (session >= this.places.length) this.grow(session);
    if (this.places[session]! < 0 || time < this.times[session]!) this.set(session, time);
  }

  /** Sets a session's time, earlier or later than the present one. */
  set(session: number, time: number): void {
    if (session >= this.places.length) this.grow(session);
    let place = this.places[session]!;
    if (time === Number.POSITIVE_INFINITY) {
      this.delete(session);
      return;
    }
    if (place < 0) {
      place = this.count++;
      this.put(session, place);
    }
    this.times[session] = time;
    this.settle(place);
  }

  delete(session: number): void {
    const place = this.places[session] ?? -1;
    if (place < 0) return;
    this.places[session] = -1;
    const last = this.heap[--this.count]!;
    if (last === session) return;
    this.put(last, place);
    this.settle(place);
  }

  /** Moves the entry at this index up or down until the heap is in order. */
  private settle(at: number): void {
    const { heap, times } = this;
    let place = at;
    const session = heap[place]!;
    const time = times[session]!;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (times[heap[parent]!]! <= time) break;
      this.put(heap[parent]!, place);
      place = parent;
    }
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.count) break;
      if (child + 1 < this.count && times[heap[child + 1]!]! < times[heap[child]!]!) child++;
      if (times[heap[child]!]! >= time) break;
      this.put(heap[child]!, place);
      place = child;
    }
    this.put(session, place);
  }

  private put(session: number, place: number): void {
    this.heap[place] = session;
    this.places[session] = place;
  }

  private grow(session: number): void {
    const length = Math.max(session + 1, 2 * this.places.length);
    const [heap, times, places] = [this.heap, this.times, this.places];
    this.heap = new Int32Array(length);
    this.times = new Float64Array(length);
    this.places = new Int32Array(length).fill(-1);
    this.heap.set(heap);
    this.times.set(times);
    this.places.set(places);
  }
}

const FIRST_SESSIONS = 256;
