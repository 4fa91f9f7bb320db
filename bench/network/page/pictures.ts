import { mark, now } from './join-marks.js';

/** The displayed pictures of one stream. Times are milliseconds of the machine's clock. */
export interface Pictures {
  at: number[];
  /** Height of each, in pixels. */
  height: number[];
}

/** Shows a stream, and records the times of its pictures. */
export function watchPictures(video: HTMLVideoElement, pictures: Pictures, name: string): void {
  let before = { time: 0, frames: 0 };
  const onFrame: VideoFrameRequestCallback = (_, { presentationTime, presentedFrames: frames, height }) => {
    const time = performance.timeOrigin + presentationTime;
    if (pictures.at.length === 0) mark(`picture of ${name}`);
    // A busy page gets its callback late and for the newest picture only; the pictures in between
    // were on the screen too.
    const missed = before.frames > 0 ? frames - before.frames : 1;
    const apart = (time - before.time) / missed;
    for (let back = missed - 1; back >= 0; back -= 1) {
      pictures.at.push(time - back * apart);
      pictures.height.push(height);
    }
    before = { time, frames };
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}

/** Resolves with the time of the first picture, or with Infinity after `limit` milliseconds. */
export async function firstPicture(pictures: () => Pictures | undefined, limit: number): Promise<number> {
  const deadline = now() + limit;
  while (now() < deadline) {
    const at = pictures()?.at[0];
    if (at !== undefined) return at;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return Number.POSITIVE_INFINITY;
}
