import type { Call } from '@waterbus/client';

/**
 * The shared screen of each call. The call forgets its publications when it ends; the capture must
 * still stop.
 */
const shared = new WeakMap<Call, MediaStream>();

/** Whether this browser can share a screen; phones cannot. */
export function canShareScreen(): boolean {
  // Pages may also be rendered where there is no navigator.
  return typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === 'function';
}

/**
 * Lets the user choose a screen and publishes it, with its sound if the user allows that. Nothing
 * happens when the user cancels.
 */
export async function shareScreen(call: Call): Promise<void> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: true });
  } catch (error) {
    if ((error as DOMException).name === 'NotAllowedError') return;
    throw error;
  }
  shared.set(call, stream);
  call.on('closed', () => stopCapture(stream));
  const [picture] = stream.getVideoTracks();
  const [sound] = stream.getAudioTracks();
  // The browser's own "Stop sharing" ends the track.
  picture?.addEventListener('ended', () => void stopSharing(call));
  try {
    if (picture) await call.publish(picture, { source: 'screen' });
    if (sound) await call.publish(sound, { source: 'screen-audio' });
  } catch (error) {
    await stopSharing(call);
    throw error;
  }
}

/** Ends the shared screen, and its sound. */
export async function stopSharing(call: Call): Promise<void> {
  const stream = shared.get(call);
  if (stream) stopCapture(stream);
  shared.delete(call);
  const publications = [call.local.publication('screen'), call.local.publication('screen-audio')];
  // Publications that the server has dropped already need no further request.
  await Promise.allSettled(publications.map((publication) => publication?.unpublish()));
}

function stopCapture(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
