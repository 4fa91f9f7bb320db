// The entry of the worker: frames of the camera in, frames with another background out.
import { Composition } from './composition.js';
import { Effort } from './effort.js';
import type { FromWorker, ToWorker } from './messages.js';
import { loadPersonMask, type PersonMask } from './person-mask.js';

/** The used part of DedicatedWorkerGlobalScope, which the DOM's types do not contain. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = self as unknown as Scope;
const composition = new Composition();
const effort = new Effort();
const loading = loadPersonMask();
let frames = 0;

loading.then(
  () => scope.postMessage({ type: 'ready' }),
  () => fail('broken'),
);

scope.onmessage = ({ data: message }) => {
  if (message.type === 'background') composition.show(message.background, message.picture);
  else if (message.type === 'streams') pump(message.readable, message.writable).catch(() => fail('broken'));
  else if (message.type === 'frames') loading.then(want, () => {});
  else draw(message.frame).catch(() => fail('broken'));
};

/** Until the camera stops. */
async function pump(readable: ReadableStream<VideoFrame>, writable: WritableStream<VideoFrame>): Promise<void> {
  const mask = await loading;
  const writer = writable.getWriter();
  const reader = readable.getReader();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) break;
    const { timestamp, displayWidth, displayHeight } = frame;
    try {
      compose(mask, frame, displayWidth, displayHeight);
    } finally {
      frame.close();
    }
    const composed = new VideoFrame(composition.canvas, { timestamp });
    // A stream that was transferred by message copies the frame and leaves the original open.
    await writer.write(composed).finally(() => composed.close());
  }
  await writer.close();
}

async function draw(frame: ImageBitmap | undefined): Promise<void> {
  if (frame) {
    compose(await loading, frame, frame.width, frame.height);
    frame.close();
    const picture = composition.canvas.transferToImageBitmap();
    scope.postMessage({ type: 'picture', picture }, [picture]);
  }
  // The timers of a hidden page are slowed, those of a worker are not.
  setTimeout(want, INTERVAL);
}

function want(): void {
  scope.postMessage({ type: 'wanted' });
}

function compose(mask: PersonMask, frame: CanvasImageSource, width: number, height: number): void {
  const begun = performance.now();
  if (frames % effort.segmentedEvery === 0) mask.search(frame);
  frames += 1;
  composition.compose(frame, mask.canvas, width, height);
  const isTooSlow = effort.done(performance.now() - begun);
  if (frames % REPORTED === 0) {
    const { segmentedEvery } = effort;
    scope.postMessage({ type: 'figures', figures: { spent: [...effort.spent], segmentedEvery } });
  }
  if (isTooSlow) fail('slow');
}

function fail(reason: 'slow' | 'broken'): void {
  scope.postMessage({ type: 'failed', reason });
}

/** Milliseconds between two frames that the worker requests: at most 30 a second. */
const INTERVAL = 33;

/** Frames between two reports. */
const REPORTED = 60;
