import type { Priority } from '@waterbus/protocol';
import type { Call } from '../api/call.js';
import type { LocalPublication, RemotePublication } from '../api/participants.js';

/**
 * Plays a publication in an element, also after its track was replaced, until the returned function
 * is called. Of another participant's picture the servers send as much as the element shows: no
 * `observe` is needed. Pictures are muted; `playAudio` plays the sound of all participants. An own
 * camera is not mirrored: that is the page's style.
 */
export function attach(
  call: Pick<Call, 'on'>,
  publication: LocalPublication | RemotePublication,
  element: HTMLMediaElement,
  options: { priority?: Priority } = {},
): () => void {
  if (publication.kind === 'video') element.muted = true;
  // Phones show a picture in full screen otherwise.
  element.setAttribute('playsinline', '');
  let shown: MediaStreamTrack | undefined;
  const show = () => {
    const { track } = publication;
    if (track === shown) return;
    shown = track;
    element.srcObject = track ? new MediaStream([track]) : null;
    // Sound may need a click first, and an element may be removed meanwhile.
    if (track) element.play().catch(() => {});
  };
  const stopFollowing = call.on('change', show);
  const stopObserving =
    publication.kind === 'video' && 'observe' in publication ? publication.observe(element, options) : () => {};
  show();
  return () => {
    stopFollowing();
    stopObserving();
    shown = undefined;
    element.srcObject = null;
  };
}
