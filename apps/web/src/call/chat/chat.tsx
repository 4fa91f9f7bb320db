import { t } from '@lingui/core/macro';
import { type ComponentProps, useCallback, useEffect, useState } from 'react';
import { loadOnce } from '../../parts/load-code.js';
import { SidePanel } from '../../parts/side-panel.js';

/** The chat of a call, whose code is loaded when it is opened first. */
export function Chat(props: Props) {
  const [loaded, setLoaded] = useState<{ ChatPanel: typeof import('./chat-panel.js').ChatPanel }>();
  const [failed, setFailed] = useState(false);
  const load = useCallback(() => {
    setFailed(false);
    loadChat().then(setLoaded, () => setFailed(true));
  }, []);
  useEffect(load, [load]);
  if (loaded) return <loaded.ChatPanel {...props} />;
  return (
    <SidePanel title={t`Chat`} onClose={props.onClose}>
      {failed ? (
        <div className="chat-trouble">
          <p role="alert">{t`The chat could not be loaded.`}</p>
          <button type="button" className="small-button" onClick={load}>
            {t`Try again`}
          </button>
        </div>
      ) : (
        <p className="chat-note">{t`Loading messages…`}</p>
      )}
    </SidePanel>
  );
}

type Props = ComponentProps<typeof import('./chat-panel.js').ChatPanel>;

const loadChat = loadOnce(() => import('./chat-panel.js'));
