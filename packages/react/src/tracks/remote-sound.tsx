import type { RemoteParticipant } from '@waterbus/client';
import { memo, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useSuccession } from './use-succession.js';
import { useTrack } from './use-track.js';

/**
 * Plays the sound of all participants, also of those without a tile. Browsers may require a click
 * first: then `refused` renders a button, which calls its argument.
 *
 * @param props.speakerId Device for the sound; undefined: the system's default.
 */
export function RemoteSound(props: {
  participants: readonly RemoteParticipant[];
  speakerId?: string | undefined;
  refused: (play: () => void) => ReactNode;
}) {
  const { participants, speakerId } = props;
  const [refused, setRefused] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const onRefused = useCallback(() => setRefused(true), []);
  const sounds = participants.flatMap(({ id, publications }) =>
    publications.flatMap(({ kind, source, track }) =>
      kind === 'audio' && track ? [{ key: `${id} ${source}`, participantId: id, track }] : [],
    ),
  );
  return (
    <>
      {sounds.map(({ key, ...sound }) => (
        <Sound key={key} {...sound} speakerId={speakerId} attempt={attempt} onRefused={onRefused} />
      ))}
      {refused &&
        props.refused(() => {
          setRefused(false);
          setAttempt(attempt + 1);
        })}
    </>
  );
}

interface Hearing {
  participantId: string;
  speakerId: string | undefined;
  attempt: number;
  onRefused: () => void;
}

/**
 * A new track plays beside the former one, silently until it produces sound: no gap is heard, and
 * never both at once.
 */
const Sound = memo(function Sound({ track, ...hearing }: Hearing & { track: MediaStreamTrack }) {
  const { tracks, onPlaying } = useSuccession(track);
  return tracks.map((one, index) => (
    <Speaker key={one.id} track={one} silent={index > 0} onPlaying={onPlaying} {...hearing} />
  ));
});

function Speaker(
  props: Hearing & { track: MediaStreamTrack; silent: boolean; onPlaying: (track: MediaStreamTrack) => void },
) {
  const { participantId, track, silent, onPlaying, speakerId, attempt, onRefused } = props;
  const audio = useRef<HTMLAudioElement>(null);
  useTrack(audio, track);
  useEffect(() => {
    if (audio.current) audio.current.muted = silent;
  }, [silent]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again once audible or retried
  useEffect(() => {
    audio.current?.play().catch((error: DOMException) => {
      if (error.name === 'NotAllowedError') onRefused();
    });
  }, [track, silent, attempt, onRefused]);
  useEffect(() => {
    const element = audio.current;
    if (!element || speakerId === undefined || typeof element.setSinkId !== 'function') return;
    // The speaker is unplugged: the system's default continues to play.
    element.setSinkId(speakerId).catch(() => {});
  }, [speakerId]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions yet
  return <audio ref={audio} data-sound-of={participantId} autoPlay onPlaying={() => onPlaying(track)} />;
}
