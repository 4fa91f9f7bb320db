import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import type { OpenedDevices } from '@waterbus/react';
import { X } from 'lucide-react';
import { type ReactNode, Suspense, useId, useLayoutEffect, useRef, useState } from 'react';
import { DeviceChoice } from '../devices/device-choice.js';
import { LazyDeviceSettings } from '../devices/load-device-settings.js';
import { LanguageChoice } from '../parts/language-choice.js';
import { RoundButton } from '../parts/round-button.js';
import { Switch } from '../parts/switch.js';
import { preferences } from '../storage/preferences.js';
import { mayNotify } from './attention.js';
import { pathText } from './people/connection-text.js';
import { shortcutList } from './shortcuts.js';
import { usePreferences } from './use-preferences.js';

/** The user's own settings: devices, view and keys; and the path of media. */
export default function SettingsDialog(props: { call: Call; devices: OpenedDevices; onClose: () => void }) {
  const { call, devices, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="own-settings-heading" onClose={onClose}>
      <header>
        <h2 id="own-settings-heading">{t`Settings`}</h2>
        <RoundButton name={t`Close`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      <Section title={t`Devices`}>
        <DeviceChoice devices={devices} />
      </Section>
      <Suspense fallback={null}>
        <LazyDeviceSettings devices={devices} />
        <FocusInView />
      </Suspense>
      <ViewSection />
      <AlertsSection />
      <ShortcutsSection />
      <Section title={t`Connection`}>
        <p className="settings-text">{pathText(call.path)}</p>
      </Section>
    </dialog>
  );
}

/** Beside a part that is loaded late and moves the rest: what has the focus stays in view (WCAG 2.4.11). */
function FocusInView() {
  useLayoutEffect(() => {
    // Its result, in newer browsers a promise, is no clean-up of this effect.
    document.activeElement?.scrollIntoView({ block: 'nearest' });
  }, []);
  return null;
}

function ViewSection() {
  const { view, hideSelf } = usePreferences();
  const id = useId();
  return (
    <Section title={t`View`}>
      <div className="field">
        <label htmlFor={id}>{t`Layout`}</label>
        <select id={id} value={view} onChange={(event) => preferences.set({ view: event.target.value as typeof view })}>
          <option value="automatic">{t`Automatic`}</option>
          <option value="grid">{t`Everyone the same size`}</option>
          <option value="speaker">{t`Large speaker`}</option>
        </select>
      </div>
      <Switch
        label={t`Hide my own picture`}
        hint={t`The others still see you.`}
        on={hideSelf}
        onChange={(hidden) => preferences.set({ hideSelf: hidden })}
      />
      <div className="field">
        <label htmlFor={`${id}-language`}>{t`Language`}</label>
        <LanguageChoice id={`${id}-language`} />
      </div>
    </Section>
  );
}

function AlertsSection() {
  const { sounds, notifications } = usePreferences();
  const [refused, setRefused] = useState(false);
  const change = async (wanted: boolean) => {
    const allowed = !wanted || (await mayNotify());
    setRefused(!allowed);
    preferences.set({ notifications: wanted && allowed });
  };
  return (
    <Section title={t`Alerts`}>
      <Switch
        label={t`Sounds`}
        hint={t`When someone joins, leaves, knocks, writes or raises a hand.`}
        on={sounds}
        onChange={(on) => preferences.set({ sounds: on })}
      />
      <Switch
        label={t`Notifications`}
        hint={t`For knocks, messages and raised hands while you look at another window.`}
        on={notifications}
        onChange={(on) => void change(on)}
      />
      <p role="status" className="settings-text">
        {refused && t`Your browser does not allow notifications for this page.`}
      </p>
    </Section>
  );
}

function ShortcutsSection() {
  const { shortcuts, pushToTalk } = usePreferences();
  return (
    <Section title={t`Keyboard shortcuts`}>
      <Switch
        label={t`Push to talk`}
        hint={t`Hold Space to talk while you are muted.`}
        on={pushToTalk}
        onChange={(used) => preferences.set({ pushToTalk: used })}
      />
      <Switch label={t`Use single keys`} on={shortcuts} onChange={(used) => preferences.set({ shortcuts: used })} />
      {shortcuts && (
        <dl className="shortcuts">
          {shortcutList().map(({ key, text }) => (
            <div key={key}>
              <dt>
                <kbd>{key.toUpperCase()}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="settings-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}
