import { useEffect, useRef } from 'react';

/** Shows a video track, or nothing yet. Sound never comes from here. */
export function Video({
  track,
  hidden,
  mirrored,
  className,
}: {
  track: MediaStreamTrack | undefined;
  hidden?: boolean;
  mirrored?: boolean;
  className?: string;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element || !track) return;
    element.srcObject = new MediaStream([track]);
    // Rejects when the element goes away first; muted pictures may always play.
    element.play().catch(() => {});
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return (
    <video
      ref={video}
      className={className}
      data-mirrored={mirrored && !facesAway(track) ? '' : undefined}
      hidden={hidden}
      autoPlay
      playsInline
      muted
    />
  );
}

/** A phone's back camera shows the world, in which writing must be readable. */
function facesAway(track: MediaStreamTrack | undefined): boolean {
  return track?.getSettings().facingMode === 'environment';
}
