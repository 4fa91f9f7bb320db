import type { Call } from '@waterbus/client';

/** Whether this browser can share a screen; phones cannot. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Asks what to share and publishes it, with its sound if the user allows that. Answers false when the user changed their mind. */
export async function shareScreen(call: Call): Promise<boolean> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: true });
  } catch (error) {
    if ((error as DOMException).name === 'NotAllowedError') return false;
    throw error;
  }
  const [picture] = stream.getVideoTracks();
  const [sound] = stream.getAudioTracks();
  // The browser's own "Stop sharing" ends the track.
  picture?.addEventListener('ended', () => void stopSharing(call));
  try {
    if (picture) await call.publish(picture, { source: 'screen' });
    if (sound) await call.publish(sound, { source: 'screen-audio' });
  } catch (error) {
    for (const track of stream.getTracks()) track.stop();
    throw error;
  }
  return true;
}

export async function stopSharing(call: Call): Promise<void> {
  const publications = call.local.publications.filter(({ source }) => source === 'screen' || source === 'screen-audio');
  for (const { track } of publications) track.stop();
  // What the server has dropped already is gone all the same.
  await Promise.allSettled(publications.map((publication) => publication.unpublish()));
}
