import { MediaHealth } from '../adaptive/media-health.js';
import { isSamePath } from '../adaptive/media-path.js';
import { MediaPaths } from '../adaptive/media-paths.js';
import type { Call, MediaPath } from '../api/call.js';
import type { CallEmitter } from './call-emitter.js';
import { type MediaConditions, mediaState } from './media-state.js';

/** Whether and on which path media get through, for the application. */
export class CallMedia {
  readonly health = new MediaHealth(() => this.update());
  readonly paths = new MediaPaths(() => this.update());
  state: Call['media'] = { sending: 'ok', receiving: 'ok' };
  path: MediaPath | undefined;
  #events: CallEmitter;
  #conditions: () => Omit<MediaConditions, 'health'>;

  constructor(events: CallEmitter, conditions: () => Omit<MediaConditions, 'health'>) {
    this.#events = events;
    this.#conditions = conditions;
  }

  /** A condition may have changed. */
  update(): void {
    this.#updatePath();
    const { sending, receiving } = mediaState({ health: this.health, ...this.#conditions() });
    if (sending === this.state.sending && receiving === this.state.receiving) return;
    this.state = { sending, receiving };
    this.#events.emit('media', this.state);
  }

  #updatePath(): void {
    const path = this.paths.slowest ?? (this.health.neverConnected ? NONE : undefined);
    if (isSamePath(path, this.path)) return;
    this.path = path;
    this.#events.emit('path', path);
  }
}

const NONE: MediaPath = { kind: 'none' };
