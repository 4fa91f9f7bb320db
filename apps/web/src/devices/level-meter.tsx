import { t } from '@lingui/core/macro';
import { useEffect, useRef } from 'react';
import { watchLevel } from './audio-level.js';

/** A bar that follows the microphone, as a check that it works. */
export function LevelMeter({ track }: { track: MediaStreamTrack | undefined }) {
  const bar = useRef<HTMLSpanElement>(null);
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (level: number) => {
      bar.current?.style.setProperty('transform', `scaleX(${level.toFixed(3)})`);
      meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)));
    };
    show(0);
    // Ten times a second: written to the element, not rendered.
    return track && watchLevel(track, show);
  }, [track]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers do not let <meter> be styled alike
    <div
      ref={meter}
      className="level-meter"
      role="meter"
      aria-label={t`Sound level`}
      aria-valuenow={0}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span ref={bar} />
    </div>
  );
}
