import { t } from '@lingui/core/macro';
import { type ComponentProps, useCallback, useEffect, useState } from 'react';
import { loadOnce } from '../../parts/load-code.js';
import { SidePanel } from '../../parts/side-panel.js';

/** The chat of a call, whose code is loaded when it is opened first. */
export function Chat(props: Content & { onClose: () => void }) {
  const { onClose, ...chat } = props;
  const [loaded, setLoaded] = useState<{ CallChat: typeof import('./call-chat.js').CallChat }>();
  const [failed, setFailed] = useState(false);
  const load = useCallback(() => {
    setFailed(false);
    loadChat().then(setLoaded, () => setFailed(true));
  }, []);
  useEffect(load, [load]);
  return (
    <SidePanel title={t`Chat`} loaded={loaded !== undefined} onClose={onClose}>
      {loaded ? (
        <loaded.CallChat {...chat} />
      ) : failed ? (
        <div className="chat-trouble">
          <p role="alert">{t`The chat could not be loaded.`}</p>
          <button type="button" className="small-button" onClick={load}>
            {t`Try again`}
          </button>
        </div>
      ) : (
        <>
          <p className="chat-note">{t`Loading messages…`}</p>
          <EarlyDraft conversation={props.conversation} />
        </>
      )}
    </SidePanel>
  );
}

/** Takes what is typed while the field of the panel is not there yet, which would act on the call. */
function EarlyDraft({ conversation }: Pick<Content, 'conversation'>) {
  return (
    <textarea
      className="visually-hidden"
      aria-label={t`Loading messages…`}
      defaultValue={conversation.draft}
      onFocus={({ target }) => target.setSelectionRange(target.value.length, target.value.length)}
      onChange={({ target }) => {
        conversation.draft = target.value;
      }}
      // Enter sends a message, which is not possible yet.
      onKeyDown={(event) => event.key === 'Enter' && !event.shiftKey && event.preventDefault()}
    />
  );
}

type Content = ComponentProps<typeof import('./call-chat.js').CallChat>;

const loadChat = loadOnce(() => import('./call-chat.js'));
