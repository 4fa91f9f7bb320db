// A call on a page of another origin: ?server=https://meet.example.org&code=abc-defg-hjk. The server
// permits the page's origin by ALLOWED_ORIGINS.
import { join } from '@waterbus/client';

const { server, code = '' } = Object.fromEntries(new URLSearchParams(location.search));
const button = document.querySelector('button')!;

button.onclick = async () => {
  button.disabled = true;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [microphone] = stream.getAudioTracks();
  const [camera] = stream.getVideoTracks();
  const call = await join({ server, code, name: 'Ada' });
  call.on('change', () => {
    const tracks = call.participants.flatMap(({ publications }) => publications.flatMap(({ track }) => track ?? []));
    document.querySelector('main')!.replaceChildren(...tracks.map(elementOf));
  });
  if (microphone) await call.publish(microphone, { source: 'microphone' });
  if (camera) await call.publish(camera, { source: 'camera' });
};

const elements = new WeakMap<MediaStreamTrack, HTMLMediaElement>();

/** One element for each track, also when the page changes. */
function elementOf(track: MediaStreamTrack): HTMLMediaElement {
  const known = elements.get(track);
  const element = known ?? Object.assign(document.createElement(track.kind as 'audio' | 'video'), { autoplay: true });
  if (!known) element.srcObject = new MediaStream([track]);
  elements.set(track, element);
  return element;
}
