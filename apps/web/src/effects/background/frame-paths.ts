import type { FromWorker, ToWorker } from './messages.js';

/** The way of frames between the page and the worker. */
export interface FramePath {
  /** The processed track. */
  readonly track: MediaStreamTrack;
  onMessage(message: FromWorker): void;
  stop(): void;
}

type Post = (message: ToWorker, transfer?: Transferable[]) => void;

/**
 * Frames pass the page by as streams (Chromium's MediaStreamTrackProcessor and
 * MediaStreamTrackGenerator); undefined where the browser has none.
 */
export function streamPath(camera: MediaStreamTrack, post: Post): FramePath | undefined {
  const { MediaStreamTrackProcessor: Processor, MediaStreamTrackGenerator: Generator } = globalThis as TrackStreams;
  if (!Processor || !Generator) return undefined;
  const { readable } = new Processor({ track: camera });
  const track = new Generator({ kind: 'video' });
  const { writable } = track;
  post({ type: 'streams', readable, writable }, [readable, writable]);
  return { track, onMessage: () => {}, stop: () => track.stop() };
}

/**
 * Elsewhere the page hands each frame to the worker and shows the answer on a canvas, whose stream
 * is sent. It copies pictures and computes nothing.
 */
export function canvasPath(camera: MediaStreamTrack, post: Post): FramePath {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([camera]);
  video.play().catch(() => {});
  const canvas = document.createElement('canvas');
  const shown = canvas.getContext('bitmaprenderer')!;
  const { width, height } = camera.getSettings();
  canvas.width = width ?? 640;
  canvas.height = height ?? 360;
  const track = canvas.captureStream().getVideoTracks()[0]!;
  const hand = async () => {
    const frame = video.videoWidth > 0 ? await createImageBitmap(video).catch(() => undefined) : undefined;
    post({ type: 'frame', frame }, frame ? [frame] : []);
  };
  post({ type: 'frames' });
  return {
    track,
    onMessage(message) {
      if (message.type === 'wanted') void hand();
      else if (message.type === 'picture') {
        if (canvas.width !== message.picture.width) canvas.width = message.picture.width;
        if (canvas.height !== message.picture.height) canvas.height = message.picture.height;
        shown.transferFromImageBitmap(message.picture);
      }
    },
    stop() {
      video.srcObject = null;
      track.stop();
    },
  };
}

/** MediaStreamTrack Insertable Media Processing, as Chromium has it on pages. */
interface TrackStreams {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> };
  MediaStreamTrackGenerator?: new (init: {
    kind: 'video';
  }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> };
}
