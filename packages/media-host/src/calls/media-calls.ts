import type { MediaNode, MediaNodeErrorCode } from '../media-node.js';

/** The part of `MediaNode` that can be called remotely: every method that returns a promise. */
export type MediaNodeMethod = {
  [M in keyof MediaNode]: MediaNode[M] extends (...args: never[]) => Promise<unknown> ? M : never;
}[keyof MediaNode];

export type MediaNodeArguments<M extends MediaNodeMethod> = Parameters<MediaNode[M]>;
export type MediaNodeResult<M extends MediaNodeMethod> = Awaited<ReturnType<MediaNode[M]>>;
export type MediaNodeCalls = Pick<MediaNode, MediaNodeMethod>;

/** The result of a call, as plain data: thrown errors do not survive a process boundary. */
export type CallOutcome = { ok: true; value: unknown } | { ok: false; code: MediaNodeErrorCode; message: string };

/** Names of all remote methods; a message cannot call any other. */
export const mediaNodeMethods: readonly MediaNodeMethod[] = Object.keys({
  openRouter: true,
  closeRouter: true,
  openTransport: true,
  connectTransport: true,
  restartIce: true,
  reportFramesDropped: true,
  closeTransport: true,
  produce: true,
  pauseProducer: true,
  resumeProducer: true,
  closeProducer: true,
  consume: true,
  pauseConsumer: true,
  resumeConsumer: true,
  requestKeyFrame: true,
  setConsumerPreferences: true,
  closeConsumer: true,
  transportStats: true,
  producerStats: true,
} satisfies Record<MediaNodeMethod, true>) as MediaNodeMethod[];
