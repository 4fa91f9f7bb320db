/** Two servers may send the same message while a session moves from one to the other. */
export class RepeatedMessages {
  #ids: string[] = [];

  /** Whether this message was seen before. */
  isRepeated(messageId: string): boolean {
    if (this.#ids.includes(messageId)) return true;
    this.#ids = [...this.#ids, messageId].slice(-REMEMBERED);
    return false;
  }
}

/** More messages than can arrive in the moment in which a session changes servers. */
const REMEMBERED = 64;
