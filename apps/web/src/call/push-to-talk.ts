/** The used part of the user's microphone. */
export interface HeldMicrophone {
  /** Whether it is off and could be on at once. */
  isMuted(): boolean;
  switchOn(): void;
  switchOff(): void;
}

/** A muted microphone is on while a key is held. */
export class PushToTalk {
  #held = false;

  constructor(private readonly microphone: HeldMicrophone) {}

  /** False when the key has no effect, because the microphone is on anyway or is missing. */
  press(): boolean {
    if (this.#held) return true;
    if (!this.microphone.isMuted()) return false;
    this.#held = true;
    this.microphone.switchOn();
    return true;
  }

  /** Also when the page loses the keyboard: it does not learn that the key is released. */
  release(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    this.microphone.switchOff();
    return true;
  }
}

/**
 * Whether Space belongs to the element: it types, chooses, presses or scrolls there. A button that a
 * click has focused does not count, because the user of a mouse does not press it with Space.
 */
export function ownsSpace(target: unknown, focusedByPointer: boolean): boolean {
  const element = target as { closest?: (selector: string) => unknown } | null;
  if (typeof element?.closest !== 'function') return false;
  if (element.closest(FIELDS)) return true;
  return !focusedByPointer && Boolean(element.closest(PRESSED));
}

const FIELDS = 'input, textarea, select, [contenteditable], dialog, [role="slider"], video[controls]';
const PRESSED = 'button, a, summary, [role="button"], [tabindex="0"]';
