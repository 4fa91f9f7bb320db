import { t } from '@lingui/core/macro';
import { Ban, ImagePlus } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react';
import { type Background, isScene, type Scene } from '../effects/background/background.js';
import {
  forgetOwnPicture,
  keepOwnPicture,
  OWN_PICTURE_BYTES,
  type OwnPictureProblem,
  ownPictureBlob,
} from '../effects/background/own-picture.js';
import { paintScene } from '../effects/background/scenes.js';
import { formats } from '../language/language.js';
import { preferences } from '../storage/preferences.js';
import { chosenBackground } from './chosen-effects.js';

/** What the others see behind this user. */
export function BackgroundChoice() {
  const state = useSyncExternalStore(preferences.subscribe, () => preferences.state);
  const chosen = chosenBackground(state);
  const own = useOwnPicture();
  const group = useId();
  const option = (background: Background, name: string, swatch: ReactNode) => (
    <label key={background} className="background-option">
      <input
        type="radio"
        name={group}
        checked={chosen === background}
        onChange={() => preferences.set({ background })}
      />
      <span className="background-swatch">{swatch}</span>
      <span>{name}</span>
    </label>
  );
  return (
    <fieldset className="background-choice">
      <legend className="visually-hidden">{t`Background`}</legend>
      <div className="background-options">
        {option('none', t`None`, <Ban size={20} />)}
        {option('blur-light', t`Slight blur`, <span className="background-blur" data-light="" />)}
        {option('blur', t`Blur`, <span className="background-blur" />)}
        {scenesTexts().map(([scene, name]) => option(scene, name, <SceneSwatch scene={scene} />))}
        {own.address && option('own', t`Your picture`, <img src={own.address} alt="" />)}
      </div>
      <div className="background-own">
        <label className="button">
          <ImagePlus size={18} />
          {own.address ? t`Replace your picture` : t`Add a picture`}
          <input
            type="file"
            accept="image/*"
            className="visually-hidden"
            onChange={(event) => {
              const [file] = event.target.files ?? [];
              event.target.value = '';
              if (file) void own.keep(file);
            }}
          />
        </label>
        {own.address && (
          <button type="button" className="button" onClick={() => void own.forget()}>
            {t`Remove`}
          </button>
        )}
      </div>
      <p className="field-hint" role="status">
        {own.problem ? problems()[own.problem] : t`Your picture stays in this browser.`}
      </p>
    </fieldset>
  );
}

/** The user's own picture, as an address while it is shown. */
function useOwnPicture() {
  const [blob, setBlob] = useState<Blob>();
  const [problem, setProblem] = useState<OwnPictureProblem>();
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    void ownPictureBlob().then(setBlob);
  }, []);
  useEffect(() => {
    if (!blob) return setAddress(undefined);
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  const keep = async (file: File) => {
    const failure = await keepOwnPicture(file);
    setProblem(failure);
    if (failure) return;
    setBlob(await ownPictureBlob());
    // Chosen anew: a running camera shows the new one.
    preferences.set({ background: 'none' });
    preferences.set({ background: 'own' });
  };
  const forget = async () => {
    if (chosenBackground(preferences.state) === 'own') preferences.set({ background: 'blur' });
    await forgetOwnPicture();
    setBlob(undefined);
  };
  return { address, problem, keep, forget };
}

function SceneSwatch({ scene }: { scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const paint = canvas.current?.getContext('2d');
    if (paint && isScene(scene)) paintScene(paint, scene, 160, 90);
  }, [scene]);
  return <canvas ref={canvas} width={160} height={90} />;
}

const scenesTexts = (): [Scene, string][] => [
  ['dusk', t`Dusk`],
  ['harbour', t`Harbour`],
  ['meadow', t`Meadow`],
  ['studio', t`Studio`],
];

const problems = (): Record<OwnPictureProblem, string> => ({
  large: t`This picture is too large. Choose one of at most ${{ size: ownPictureSize() }}.`,
  unreadable: t`This file is not a picture that your browser can show.`,
});

function ownPictureSize(): string {
  return new Intl.NumberFormat(formats(), { style: 'unit', unit: 'megabyte' }).format(OWN_PICTURE_BYTES / 1_000_000);
}
