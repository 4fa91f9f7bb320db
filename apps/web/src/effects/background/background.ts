/** What is shown behind the user. */
export type Background = (typeof BACKGROUNDS)[number];

/** `own`: a picture that the user has added on this device. */
export const BACKGROUNDS = ['none', 'blur-light', 'blur', 'dusk', 'harbour', 'meadow', 'studio', 'own'] as const;

/** A picture that this app draws itself. */
export type Scene = 'dusk' | 'harbour' | 'meadow' | 'studio';

export function isScene(background: Background): background is Scene {
  return SCENES.includes(background as Scene);
}

const SCENES: Scene[] = ['dusk', 'harbour', 'meadow', 'studio'];
